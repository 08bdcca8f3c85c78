//! `PutItem`: attributes, capacity, metrics.

use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};

use super::ResponseError;
use super::write::Request;
use crate::protocol::cbor::Decoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::WritePlan;

pub(crate) fn decode(
    input: &PutItemInput,
    plan: &WritePlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<PutItemOutput, ResponseError> {
    let request = Request {
        schema: &plan.schema,
        attributes: input.item(),
        values: input.return_values(),
        capacity: input.return_consumed_capacity(),
    };
    let written = request.decode(results, metadata)?;
    Ok(PutItemOutput::builder()
        .set_attributes(written.attributes)
        .set_consumed_capacity(written.capacity)
        .set_item_collection_metrics(written.metrics)
        .build())
}
