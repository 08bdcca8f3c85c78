//! `DeleteItem`: attributes, capacity, metrics.

use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};

use super::ResponseError;
use super::write::Request;
use crate::protocol::cbor::Decoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::WritePlan;

pub(crate) fn decode(
    input: &DeleteItemInput,
    plan: &WritePlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<DeleteItemOutput, ResponseError> {
    let request = Request {
        schema: &plan.schema,
        attributes: input.key(),
        values: input.return_values(),
        capacity: input.return_consumed_capacity(),
    };
    let written = request.decode(results, metadata)?;
    Ok(DeleteItemOutput::builder()
        .set_attributes(written.attributes)
        .set_consumed_capacity(written.capacity)
        .set_item_collection_metrics(written.metrics)
        .build())
}
