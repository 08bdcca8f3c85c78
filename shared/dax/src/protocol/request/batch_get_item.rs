//! `BatchGetItem`: the keys of each table, parameters.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::common::{check_length, key_bytes, key_schemas, refuse, required};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, numbered};
use super::{BatchGetItemPlan, PagePlan, RequestError};
use crate::protocol::cbor::Encoder;
use crate::protocol::expression::Projection;
use crate::protocol::key::KeySchema;
use crate::protocol::lookup::Metadata;
use crate::protocol::method::Method;

/// DynamoDB's limit, over all tables.
const MAX_KEYS: usize = 100;

pub(crate) fn encode(
    input: &BatchGetItemInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, BatchGetItemPlan), RequestError> {
    let requests = required("requestItems", input.request_items())?;
    check_length("requestItems", requests.values().map(|request| request.keys.len()).sum(), MAX_KEYS)?;
    let requests: BTreeMap<_, _> = requests.iter().collect();
    // What both other clients send when nothing is asked for, in this method alone.
    let capacity = numbered(input.return_consumed_capacity())?.unwrap_or_default();
    let tables: Vec<_> = requests.values().map(|request| projected(request)).collect::<Result<_, _>>()?;
    let mut schemas = key_schemas(metadata, requests.keys().map(|table| table.as_str()))?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::BatchGetItem.encode(&mut out);
    out.map(requests.len());
    let mut plan = BatchGetItemPlan { tables: BTreeMap::new() };
    for ((table, request), (encoded, projection)) in requests.into_iter().zip(tables) {
        let schema = schemas.remove(table).ok_or(RequestError::Missing("tableName"))?;
        encode_table(&mut out, table, request, encoded.as_deref(), &schema)?;
        plan.tables.insert(table.clone(), PagePlan { schema, projection });
    }
    let mut parameters = Parameters::begin(&mut out);
    parameters.number(Parameter::ReturnConsumedCapacity, Some(capacity));
    parameters.end();
    Ok((bytes, plan))
}

fn projected(request: &KeysAndAttributes) -> Result<(Option<Vec<u8>>, Option<Projection>), RequestError> {
    refuse([("AttributesToGet", request.attributes_to_get.is_some())])?;
    let mut expressions = Expressions::new(request.expression_attribute_names(), None)?;
    let projection = expressions.projection(request.projection_expression())?;
    expressions.finish()?;
    Ok(projection.unzip())
}

fn encode_table(
    out: &mut Encoder<'_>,
    table: &str,
    request: &KeysAndAttributes,
    projection: Option<&[u8]>,
    schema: &Arc<KeySchema>,
) -> Result<(), RequestError> {
    out.text(table).array(3).bool(request.consistent_read().unwrap_or_default());
    match projection {
        Some(projection) => out.bytes(projection),
        None => out.null(),
    };
    out.array(request.keys().len());
    let mut seen = HashSet::new();
    for key in request.keys() {
        let key = key_bytes(schema, key)?;
        out.bytes(&key);
        if !seen.insert(key) {
            return Err(RequestError::DuplicateKeys);
        }
    }
    Ok(())
}
