//! `BatchGetItem`: items and unprocessed keys of each table; then, outside the array that announces them, capacities.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, KeysAndAttributes};

use super::ResponseError;
use super::capacity;
use super::reader::Reader;
use crate::protocol::cbor::{DecodeError, Decoder};
use crate::protocol::key::{Attributes, KeySchema};
use crate::protocol::lookup::Metadata;
use crate::protocol::request::{BatchGetItemPlan, PagePlan};

const UNKNOWN_TABLE: DecodeError = DecodeError::Malformed("a table that was not asked for");

pub(crate) fn decode(
    input: &BatchGetItemInput,
    plan: &BatchGetItemPlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<BatchGetItemOutput, ResponseError> {
    let mut reader = Reader::new(results, metadata);
    let mut responses = HashMap::new();
    let mut unprocessed = HashMap::new();
    let mut consumed = Vec::new();
    reader.tuple(2, |reader| {
        reader.tables(|table, reader| {
            let of_table = plan.tables.get(&table).ok_or(UNKNOWN_TABLE)?;
            responses.insert(table, decode_items(reader, of_table)?);
            Ok(())
        })?;
        reader.tables(|table, reader| {
            let of_table = plan.tables.get(&table).ok_or(UNKNOWN_TABLE)?;
            let request = input.request_items().and_then(|requests| requests.get(&table));
            let request = request.ok_or(UNKNOWN_TABLE)?;
            unprocessed.insert(table, decode_keys(reader, request, &of_table.schema)?);
            Ok(())
        })
    })?;
    reader.list(|reader| capacity::push(&mut consumed, capacity::decode(&mut reader.decoder)))?;
    add_free_tables(plan, &mut consumed);
    let consumed = capacity::of_tables(input.return_consumed_capacity(), consumed);
    reader.finish(
        BatchGetItemOutput::builder()
            .set_responses(Some(responses))
            .set_unprocessed_keys(Some(unprocessed))
            .set_consumed_capacity(consumed)
            .build(),
    )
}

/// Projected items, or else keys and other attributes in turns.
fn decode_items(reader: &mut Reader<'_, '_>, plan: &PagePlan) -> Result<Vec<Attributes>, ResponseError> {
    let mut items = Vec::new();
    if let Some(projection) = &plan.projection {
        reader.list(|reader| {
            items.push(reader.attributes(Some(projection))?);
            Ok(())
        })?;
        return Ok(items);
    }
    reader.pairs(|reader| {
        let key = plan.schema.decode_key(&reader.decoder.bytes()?)?;
        let mut item = reader.attributes(None)?;
        item.extend(key);
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

/// What is left to do, ready to be sent again.
fn decode_keys(
    reader: &mut Reader<'_, '_>,
    request: &KeysAndAttributes,
    schema: &KeySchema,
) -> Result<KeysAndAttributes, ResponseError> {
    let mut keys = Vec::new();
    reader.list(|reader| {
        keys.push(schema.decode_key(&reader.decoder.bytes()?)?);
        Ok(())
    })?;
    let mut unprocessed = request.clone();
    unprocessed.keys = keys;
    Ok(unprocessed)
}

/// Tables that the cache answered for alone cost nothing.
fn add_free_tables(plan: &BatchGetItemPlan, consumed: &mut Vec<ConsumedCapacity>) {
    for table in plan.tables.keys() {
        if !consumed.iter().any(|capacity| capacity.table_name() == Some(table)) {
            consumed.push(capacity::nothing(table));
        }
    }
}
