//! `BatchWriteItem`: unprocessed writes of each table, capacities, metrics.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};

use super::ResponseError;
use super::reader::Reader;
use super::{capacity, metrics};
use crate::protocol::cbor::{DecodeError, Decoder};
use crate::protocol::key::{Attributes, KeySchema};
use crate::protocol::lookup::Metadata;
use crate::protocol::request::TablesPlan;

pub(crate) fn decode(
    input: &BatchWriteItemInput,
    plan: &TablesPlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<BatchWriteItemOutput, ResponseError> {
    let mut reader = Reader::new(results, metadata);
    let mut unprocessed = HashMap::new();
    reader.tables(|table, reader| {
        let schema = plan.schema(&table)?;
        unprocessed.insert(table, decode_writes(reader, schema)?);
        Ok(())
    })?;
    let mut consumed = Vec::new();
    reader.list(|reader| capacity::push(&mut consumed, capacity::decode(&mut reader.decoder)))?;
    let metrics = metrics::decode_tables(&mut reader, plan)?;
    reader.finish(
        BatchWriteItemOutput::builder()
            .set_unprocessed_items(Some(unprocessed))
            .set_consumed_capacity(capacity::of_tables(input.return_consumed_capacity(), consumed))
            .set_item_collection_metrics(metrics)
            .build(),
    )
}

/// Keys and other attributes in turns; where there are no others, not even none, the item was to be deleted.
///
/// The key belongs to an item that is put: other clients leave it out, so that what they give back cannot be sent again.
fn decode_writes(
    reader: &mut Reader<'_, '_>,
    schema: &KeySchema,
) -> Result<Vec<WriteRequest>, ResponseError> {
    let mut writes = Vec::new();
    reader.pairs(|reader| {
        let key = schema.decode_key(&reader.decoder.bytes()?)?;
        writes.push(if reader.decoder.take_null()? {
            delete(key)?
        } else {
            let mut item = reader.attributes(None)?;
            item.extend(key);
            put(item)?
        });
        Ok(())
    })?;
    Ok(writes)
}

fn delete(key: Attributes) -> Result<WriteRequest, DecodeError> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build();
    let delete = delete.map_err(|_| DecodeError::Malformed("an unprocessed deletion"))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

fn put(item: Attributes) -> Result<WriteRequest, DecodeError> {
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.map_err(|_| DecodeError::Malformed("an unprocessed item"))?;
    Ok(WriteRequest::builder().put_request(put).build())
}
