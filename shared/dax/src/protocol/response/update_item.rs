//! `UpdateItem`: attributes, capacity, metrics.

use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};

use super::ResponseError;
use super::write::Request;
use crate::protocol::cbor::Decoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::WritePlan;

pub(crate) fn decode(
    input: &UpdateItemInput,
    plan: &WritePlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<UpdateItemOutput, ResponseError> {
    let request = Request {
        schema: &plan.schema,
        attributes: input.key(),
        values: input.return_values(),
        capacity: input.return_consumed_capacity(),
    };
    let written = request.decode(results, metadata)?;
    Ok(UpdateItemOutput::builder()
        .set_attributes(written.attributes)
        .set_consumed_capacity(written.capacity)
        .set_item_collection_metrics(written.metrics)
        .build())
}
