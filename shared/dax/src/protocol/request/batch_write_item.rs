//! `BatchWriteItem`: the writes to each table, parameters.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::types::WriteRequest;

use super::common::{Item, check_length, key_bytes, key_schemas, required};
use super::parameter::{Parameter, Parameters, numbered};
use super::{RequestError, TablesPlan};
use crate::protocol::cbor::Encoder;
use crate::protocol::key::KeySchema;
use crate::protocol::lookup::{Lookups, Metadata};
use crate::protocol::method::Method;

/// DynamoDB's limit, over all tables.
const MAX_WRITES: usize = 25;

pub(crate) fn encode(
    input: &BatchWriteItemInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, TablesPlan), RequestError> {
    let requests = required("requestItems", input.request_items())?;
    check_length("requestItems", requests.values().map(Vec::len).sum(), MAX_WRITES)?;
    let requests: BTreeMap<_, _> = requests.iter().collect();
    let capacity = numbered(input.return_consumed_capacity())?;
    let metrics = numbered(input.return_item_collection_metrics())?;
    let schemas = key_schemas(metadata, requests.keys().map(|table| table.as_str()))?;
    let mut lookups = Lookups::new(metadata);
    let mut tables = Vec::with_capacity(requests.len());
    for ((table, requests), schema) in requests.into_iter().zip(schemas.values()) {
        tables.push((table, writes(requests, schema, &mut lookups)?));
    }
    let tables = lookups.finish(Some(tables)).map_err(RequestError::Lookups)?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::BatchWriteItem.encode(&mut out);
    out.map(tables.len());
    for (table, writes) in &tables {
        out.text(table).array(2 * writes.len());
        writes.iter().try_for_each(|write| write.encode(&mut out))?;
    }
    let mut parameters = Parameters::begin(&mut out);
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.number(Parameter::ReturnItemCollectionMetrics, metrics);
    parameters.end();
    Ok((bytes, TablesPlan { schemas }))
}

enum Write<'a> {
    Put(Item<'a>),
    Delete(Vec<u8>),
}

impl Write<'_> {
    fn key(&self) -> &[u8] {
        match self {
            Self::Put(item) => &item.key,
            Self::Delete(key) => key,
        }
    }

    /// The key, then the other attributes; of what is to be deleted there are none.
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), RequestError> {
        out.bytes(self.key());
        match self {
            Self::Put(item) => item.encode_others(out)?,
            Self::Delete(_) => {
                out.null();
            }
        }
        Ok(())
    }
}

/// The writes to one table, but for those that need a look-up.
fn writes<'a>(
    requests: &'a [WriteRequest],
    schema: &KeySchema,
    lookups: &mut Lookups<'_>,
) -> Result<Vec<Write<'a>>, RequestError> {
    let mut writes = Vec::with_capacity(requests.len());
    for request in requests {
        writes.extend(match (request.put_request(), request.delete_request()) {
            (Some(put), None) => Item::split(put.item(), schema, lookups)?.map(Write::Put),
            (None, Some(delete)) => Some(Write::Delete(key_bytes(schema, delete.key())?)),
            _ => return Err(RequestError::NotOneWrite),
        });
    }
    let mut seen = HashSet::new();
    if writes.iter().all(|write| seen.insert(write.key())) {
        return Ok(writes);
    }
    Err(RequestError::DuplicateKeys)
}
