//! `TransactWriteItems`: something that is always empty, capacities, metrics; or why it was cancelled.

use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::CancellationReason;

use super::ResponseError;
use super::reader::{ItemReader, Reader};
use super::{capacity, metrics};
use crate::protocol::cbor::Decoder;
use crate::protocol::error::{Reason, ServiceError};
use crate::protocol::key::Attributes;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::{Part, TablesPlan};

pub(crate) fn decode(
    input: &TransactWriteItemsInput,
    plan: &TablesPlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<TransactWriteItemsOutput, ResponseError> {
    let mut reader = Reader::new(results, metadata);
    let mut consumed = Vec::new();
    let metrics = reader.tuple(3, |reader| {
        reader.decoder.skip()?;
        let decode = capacity::decode_transaction;
        reader.list(|reader| capacity::push(&mut consumed, decode(&mut reader.decoder)))?;
        metrics::decode_tables(reader, plan)
    })?;
    reader.finish(
        TransactWriteItemsOutput::builder()
            .set_consumed_capacity(capacity::of_tables(input.return_consumed_capacity(), consumed))
            .set_item_collection_metrics(metrics)
            .build(),
    )
}

pub(crate) fn cancellation_reasons(
    input: &TransactWriteItemsInput,
    plan: &TablesPlan,
    error: &ServiceError,
    metadata: &dyn Metadata,
) -> Result<Vec<CancellationReason>, ResponseError> {
    let mut items = ItemReader::new(metadata);
    let mut reasons = Vec::with_capacity(error.reasons.len());
    for (position, reason) in error.reasons.iter().enumerate() {
        let item = decode_item(&mut items, input, plan, reason, position)?;
        reasons.push(
            CancellationReason::builder()
                .set_code(reason.code.clone())
                .set_message(reason.message.clone())
                .set_item(item)
                .build(),
        );
    }
    items.finish(reasons)
}

/// The item that made a condition fail. Its key is the one of the part with the same position.
fn decode_item(
    items: &mut ItemReader<'_>,
    input: &TransactWriteItemsInput,
    plan: &TablesPlan,
    reason: &Reason,
    position: usize,
) -> Result<Option<Attributes>, ResponseError> {
    let Some(content) = &reason.item else { return Ok(None) };
    let mut item = items.stored(content)?;
    let part = input.transact_items().get(position).map(Part::of);
    if let Some(Ok(part)) = part {
        item.extend(plan.schema(part.table)?.key_of(part.attributes));
    }
    Ok(Some(item))
}
