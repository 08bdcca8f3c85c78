//! What transactions answer.

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsOutput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsOutput;

use super::super::CallError;
use super::super::request::{TransactGet, TransactWrite};
use super::batch::tables;
use super::writer::Writer;
use super::{UNFIT, capacity, metrics};

/// The items, capacities.
pub(super) fn got(
    writer: &mut Writer<'_, '_>,
    request: &TransactGet,
    output: &TransactGetItemsOutput,
) -> Result<(), CallError> {
    let parts = request.schemas.iter().zip(&request.projections);
    if output.responses().len() != request.schemas.len() {
        return Err(UNFIT);
    }
    writer.out.array(2).array(output.responses().len());
    for (response, (schema, projection)) in output.responses().iter().zip(parts) {
        match response.item().filter(|item| !item.is_empty()) {
            Some(item) => writer.item(schema, projection.as_ref(), item)?,
            None => {
                writer.out.null();
            }
        }
    }
    capacity::encode_transaction(output.consumed_capacity(), writer.style, &mut writer.out);
    Ok(())
}

/// Something that is always empty, capacities, metrics.
pub(super) fn written(
    writer: &mut Writer<'_, '_>,
    _request: &TransactWrite,
    output: &TransactWriteItemsOutput,
) -> Result<(), CallError> {
    writer.out.array(3).array(0);
    capacity::encode_transaction(output.consumed_capacity(), writer.style, &mut writer.out);
    tables(writer, output.item_collection_metrics(), |writer, _, all| {
        metrics::encode_all(all, &mut writer.out)
    })
}
