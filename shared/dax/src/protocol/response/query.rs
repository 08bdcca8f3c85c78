//! `Query`: a page.

use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};

use super::ResponseError;
use super::page::Request;
use crate::protocol::cbor::Decoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::request::PagePlan;

pub(crate) fn decode(
    input: &QueryInput,
    plan: &PagePlan,
    results: Decoder<'_>,
    metadata: &dyn Metadata,
) -> Result<QueryOutput, ResponseError> {
    let request = Request {
        plan,
        table: input.table_name(),
        of_index: input.index_name().is_some(),
        capacity: input.return_consumed_capacity(),
    };
    let page = request.decode(results, metadata)?;
    Ok(QueryOutput::builder()
        .set_items(page.items)
        .count(page.count)
        .scanned_count(page.scanned_count)
        .set_last_evaluated_key(page.last_key)
        .set_consumed_capacity(page.capacity)
        .build())
}
