//! `BatchGetItem` and `BatchWriteItem`: items of several tables.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use dax_client::protocol::cbor::{DecodeError, Decoder};
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Lookups;

use super::super::CallError;
use super::super::call::read_name;
use super::super::expression::decode_projection;
use super::arguments::{Arguments, canonical, finish, incomplete, item, key};
use super::parameters::read_bool;
use super::{BatchGet, BatchWrite, Projection, Table};

/// The tables with the keys of each, parameters.
pub(super) fn get(arguments: &mut Arguments<'_, '_>) -> Result<BatchGet, CallError> {
    let asked = tables(&mut arguments.decoder, Asked::decode)?;
    let parameters = arguments.parameters()?;
    let schemas = arguments.schemas(asked.keys().map(String::as_str))?;
    let mut tables = BTreeMap::new();
    let mut input = BatchGetItemInput::builder().set_return_consumed_capacity(parameters.capacity);
    for ((table, asked), schema) in asked.into_iter().zip(schemas) {
        let mut keys = Vec::with_capacity(asked.keys.len());
        let mut request = KeysAndAttributes::builder().set_consistent_read(Some(asked.consistent_read));
        for bytes in &asked.keys {
            let attributes = key(&schema, bytes)?;
            keys.push(canonical(&schema, &attributes)?);
            request = request.keys(attributes);
        }
        input = input.request_items(&table, request.build().map_err(incomplete)?);
        tables.insert(table, Table { schema, keys, projection: asked.projection });
    }
    Ok(BatchGet { input: input.build().map_err(incomplete)?, tables })
}

/// The tables with the writes to each, parameters.
pub(super) fn write(arguments: &mut Arguments<'_, '_>) -> Result<BatchWrite, CallError> {
    let writes = tables(&mut arguments.decoder, Write::decode_all)?;
    let parameters = arguments.parameters()?;
    let schemas = arguments.schemas(writes.keys().map(String::as_str))?;
    let mut lookups = arguments.lookups();
    let mut input = BatchWriteItemInput::builder()
        .set_return_consumed_capacity(parameters.capacity)
        .set_return_item_collection_metrics(parameters.metrics);
    for ((table, writes), schema) in writes.iter().zip(&schemas) {
        let mut requests = Vec::with_capacity(writes.len());
        for write in writes {
            requests.extend(write.request(schema, &mut lookups)?);
        }
        input = input.request_items(table, requests);
    }
    let input = finish(lookups, input)?.build().map_err(incomplete)?;
    Ok(BatchWrite { input, schemas: writes.into_keys().zip(schemas).collect() })
}

/// A map whose keys are the names of tables.
fn tables<'a, T>(
    decoder: &mut Decoder<'a>,
    read: impl Fn(&mut Decoder<'a>) -> Result<T, CallError>,
) -> Result<BTreeMap<String, T>, CallError> {
    let mut entries = decoder.map()?;
    let mut tables = BTreeMap::new();
    while entries.next(decoder)? {
        let table = read_name(decoder)?;
        tables.insert(table, read(decoder)?);
    }
    Ok(tables)
}

/// What is asked of a table.
struct Asked<'a> {
    consistent_read: bool,
    projection: Option<Projection>,
    keys: Vec<Cow<'a, [u8]>>,
}

impl<'a> Asked<'a> {
    fn decode(decoder: &mut Decoder<'a>) -> Result<Self, CallError> {
        decoder.tuple(3, |decoder| {
            let consistent_read = read_bool(decoder)?;
            let projection = decoder.optional(|decoder| decode_projection(&decoder.bytes()?))?;
            let mut entries = decoder.array()?;
            let mut keys = Vec::with_capacity(entries.capacity());
            while entries.next(decoder)? {
                keys.push(decoder.bytes()?);
            }
            Ok(Self { consistent_read, projection, keys })
        })
    }
}

/// A write to a table.
struct Write<'a> {
    key: Cow<'a, [u8]>,
    /// The other attributes. If there are none, not even an empty list of them, the item is deleted.
    content: Option<Cow<'a, [u8]>>,
}

impl<'a> Write<'a> {
    /// Keys and other attributes in turns.
    fn decode_all(decoder: &mut Decoder<'a>) -> Result<Vec<Self>, CallError> {
        let mut entries = decoder.array()?;
        let mut writes = Vec::with_capacity(entries.capacity() / 2);
        while entries.next(decoder)? {
            let key = decoder.bytes()?;
            if !entries.next(decoder)? {
                return Err(DecodeError::Malformed("an array of pairs").into());
            }
            writes.push(Self { key, content: decoder.optional(Decoder::bytes)? });
        }
        Ok(writes)
    }

    /// `None` if a list must be looked up.
    fn request(
        &self,
        schema: &KeySchema,
        lookups: &mut Lookups<'_>,
    ) -> Result<Option<WriteRequest>, CallError> {
        let Some(content) = &self.content else {
            let delete = DeleteRequest::builder().set_key(Some(key(schema, &self.key)?)).build();
            return Ok(Some(WriteRequest::builder().delete_request(delete.map_err(incomplete)?).build()));
        };
        let Some(item) = item(schema, &self.key, content, lookups)? else { return Ok(None) };
        let put = PutRequest::builder().set_item(Some(item)).build().map_err(incomplete)?;
        Ok(Some(WriteRequest::builder().put_request(put).build()))
    }
}
