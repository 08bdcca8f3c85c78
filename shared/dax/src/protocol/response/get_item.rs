//! `GetItem`: the item, the capacity.

use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};

use super::ResponseError;
use super::capacity;
use super::reader::{Field, Reader};
use crate::protocol::cbor::Decoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::GetItemPlan;

pub(crate) fn decode(
    input: &GetItemInput,
    plan: &GetItemPlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<GetItemOutput, ResponseError> {
    let mut reader = Reader::new(results, metadata);
    let (mut item, mut consumed) = (None, None);
    reader.fields(|field, reader| {
        match field {
            Field::Item => item = Some(reader.attributes(plan.projection.as_ref())?),
            Field::ConsumedCapacity => consumed = Some(capacity::decode(&mut reader.decoder)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if let (Some(item), None) = (&mut item, &plan.projection) {
        item.extend(input.key().cloned().unwrap_or_default());
    }
    let consumed = capacity::of_read(input.return_consumed_capacity(), input.table_name(), consumed);
    reader.finish(GetItemOutput::builder().set_item(item).set_consumed_capacity(consumed).build())
}
