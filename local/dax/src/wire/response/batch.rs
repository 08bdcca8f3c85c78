//! What `BatchGetItem` and `BatchWriteItem` answer. Clients take these containers only with their lengths.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::types::WriteRequest;
use dax_client::protocol::key::{Attributes, KeySchema};

use super::super::CallError;
use super::super::request::{BatchGet, BatchWrite, Table};
use super::writer::Writer;
use super::{UNFIT, capacity, metrics};

/// An array that announces two maps, items and unprocessed keys of each table; then, outside of it, capacities.
pub(super) fn got(
    writer: &mut Writer<'_, '_>,
    request: &BatchGet,
    output: &BatchGetItemOutput,
) -> Result<(), CallError> {
    writer.out.array(2);
    tables(writer, output.responses(), |writer, table, items| {
        write_items(writer, request.tables.get(table).ok_or(UNFIT)?, items)
    })?;
    tables(writer, output.unprocessed_keys(), |writer, table, unprocessed| {
        let schema = &request.tables.get(table).ok_or(UNFIT)?.schema;
        writer.out.array(unprocessed.keys().len());
        unprocessed.keys().iter().try_for_each(|key| writer.key(schema, key))
    })?;
    capacity::encode_all(output.consumed_capacity(), &mut writer.out);
    Ok(())
}

/// Unprocessed writes of each table, capacities, metrics.
pub(super) fn written(
    writer: &mut Writer<'_, '_>,
    request: &BatchWrite,
    output: &BatchWriteItemOutput,
) -> Result<(), CallError> {
    tables(writer, output.unprocessed_items(), |writer, table, writes| {
        let schema = request.schemas.get(table).ok_or(UNFIT)?;
        writer.out.array(2 * writes.len());
        writes.iter().try_for_each(|write| write_unprocessed(writer, schema, write))
    })?;
    capacity::encode_all(output.consumed_capacity(), &mut writer.out);
    tables(writer, output.item_collection_metrics(), |writer, _, all| {
        metrics::encode_all(all, &mut writer.out)
    })
}

/// A map from the names of tables, in their order.
pub(super) fn tables<T>(
    writer: &mut Writer<'_, '_>,
    tables: Option<&HashMap<String, T>>,
    mut write: impl FnMut(&mut Writer<'_, '_>, &str, &T) -> Result<(), CallError>,
) -> Result<(), CallError> {
    let mut sorted: Vec<_> = tables.into_iter().flatten().collect();
    sorted.sort_unstable_by_key(|(table, _)| *table);
    writer.out.map(sorted.len());
    for (table, of_table) in sorted {
        writer.out.text(table);
        write(writer, table, of_table)?;
    }
    Ok(())
}

/// Projected items, or else keys and other attributes in turns.
fn write_items(writer: &mut Writer<'_, '_>, table: &Table, items: &[Attributes]) -> Result<(), CallError> {
    if let Some(projection) = &table.projection {
        writer.out.array(items.len());
        return items.iter().try_for_each(|item| writer.projected(projection, item));
    }
    writer.out.array(2 * items.len());
    items.iter().try_for_each(|item| {
        writer.key(&table.schema, item)?;
        writer.blob(&table.schema, item)
    })
}

/// A key, then the other attributes; `null` if the item was to be deleted.
fn write_unprocessed(
    writer: &mut Writer<'_, '_>,
    schema: &KeySchema,
    write: &WriteRequest,
) -> Result<(), CallError> {
    match (write.put_request(), write.delete_request()) {
        (Some(put), None) => {
            writer.key(schema, put.item())?;
            writer.blob(schema, put.item())
        }
        (None, Some(delete)) => {
            writer.key(schema, delete.key())?;
            writer.out.null();
            Ok(())
        }
        _ => Err(UNFIT),
    }
}
