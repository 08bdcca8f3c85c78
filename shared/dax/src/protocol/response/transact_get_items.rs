//! `TransactGetItems`: the items, capacities.

use aws_sdk_dynamodb::operation::transact_get_items::{TransactGetItemsInput, TransactGetItemsOutput};
use aws_sdk_dynamodb::types::ItemResponse;

use super::ResponseError;
use super::capacity;
use super::reader::Reader;
use crate::protocol::cbor::{DecodeError, Decoder};
use crate::protocol::lookup::Metadata;
use crate::protocol::request::TransactGetItemsPlan;

pub(crate) fn decode(
    input: &TransactGetItemsInput,
    plan: &TransactGetItemsPlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<TransactGetItemsOutput, ResponseError> {
    let mut reader = Reader::new(results, metadata);
    let mut responses = Vec::with_capacity(plan.projections.len());
    let mut consumed = Vec::new();
    reader.tuple(2, |reader| {
        reader.list(|reader| {
            responses.push(decode_item(reader, input, plan, responses.len())?);
            Ok(())
        })?;
        let decode = capacity::decode_transaction;
        reader.list(|reader| capacity::push(&mut consumed, decode(&mut reader.decoder)))
    })?;
    if responses.len() != plan.projections.len() {
        return Err(DecodeError::Malformed("the number of items").into());
    }
    reader.finish(
        TransactGetItemsOutput::builder()
            .set_responses(Some(responses))
            .set_consumed_capacity(capacity::of_tables(input.return_consumed_capacity(), consumed))
            .build(),
    )
}

/// The item of one part, if there is one.
fn decode_item(
    reader: &mut Reader<'_, '_>,
    input: &TransactGetItemsInput,
    plan: &TransactGetItemsPlan,
    position: usize,
) -> Result<ItemResponse, ResponseError> {
    if reader.decoder.take_null()? {
        return Ok(ItemResponse::builder().build());
    }
    let projection = plan.projections.get(position).and_then(Option::as_ref);
    let mut item = reader.attributes(projection)?;
    if projection.is_none() {
        let get = input.transact_items().get(position).and_then(|entry| entry.get());
        item.extend(get.map(|get| get.key().clone()).unwrap_or_default());
    }
    Ok(ItemResponse::builder().set_item(Some(item)).build())
}
