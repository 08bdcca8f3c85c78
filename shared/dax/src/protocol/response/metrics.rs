//! Metrics of item collections: how large all items of one partition key are together.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::ItemCollectionMetrics;

use super::ResponseError;
use super::reader::Reader;
use crate::protocol::cbor::{DecodeError, Decoder};
use crate::protocol::key::KeySchema;
use crate::protocol::request::TablesPlan;
use crate::protocol::value;

/// Reads the metrics of a collection: a byte string with the partition key and two floats.
pub(super) fn decode(
    decoder: &mut Decoder<'_>,
    schema: &KeySchema,
) -> Result<ItemCollectionMetrics, DecodeError> {
    let content = decoder.bytes()?;
    let mut content = Decoder::new(&content);
    let metrics = ItemCollectionMetrics::builder()
        .item_collection_key(&schema.hash.name, value::decode(&mut content)?)
        .size_estimate_range_gb(content.float()?)
        .size_estimate_range_gb(content.float()?)
        .build();
    content.finish()?;
    Ok(metrics)
}

/// Reads the metrics of several tables; `None` if there are none.
pub(super) fn decode_tables(
    reader: &mut Reader<'_, '_>,
    plan: &TablesPlan,
) -> Result<Option<HashMap<String, Vec<ItemCollectionMetrics>>>, ResponseError> {
    let mut tables = HashMap::new();
    reader.tables(|table, reader| {
        let schema = plan.schema(&table)?;
        let mut of_table = Vec::new();
        reader.list(|reader| {
            of_table.push(decode(&mut reader.decoder, schema)?);
            Ok(())
        })?;
        tables.insert(table, of_table);
        Ok(())
    })?;
    Ok(Some(tables).filter(|tables| !tables.is_empty()))
}
