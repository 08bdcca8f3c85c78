//! `Scan`: table, parameters.

use aws_sdk_dynamodb::operation::scan::ScanInput;

use super::common::{key_schema, refuse, required, start_key};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, at_least, numbered};
use super::{PagePlan, RequestError};
use crate::protocol::cbor::Encoder;
use crate::protocol::expression::Kind;
use crate::protocol::lookup::Metadata;
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &ScanInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, PagePlan), RequestError> {
    refuse([
        ("ScanFilter", input.scan_filter.is_some()),
        ("ConditionalOperator", input.conditional_operator.is_some()),
        ("AttributesToGet", input.attributes_to_get.is_some()),
    ])?;
    let table = required("tableName", input.table_name())?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let select = numbered(input.select())?;
    let limit = at_least("limit", 1, input.limit())?;
    let segment = at_least("segment", 0, input.segment())?;
    let total_segments = at_least("totalSegments", 1, input.total_segments())?;
    let mut expressions =
        Expressions::new(input.expression_attribute_names(), input.expression_attribute_values())?;
    let filter = expressions.condition(Kind::Filter, input.filter_expression())?;
    let (encoded, projection) = expressions.projection(input.projection_expression())?.unzip();
    expressions.finish()?;
    let schema = key_schema(metadata, table)?;
    let start = start_key(&schema, input.index_name(), input.exclusive_start_key())?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::Scan.encode(&mut out);
    out.bytes(table.as_bytes());
    let mut parameters = Parameters::begin(&mut out);
    parameters.bytes(Parameter::ProjectionExpression, encoded.as_deref());
    parameters.bool_as_int(Parameter::ConsistentRead, input.consistent_read());
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.bytes(Parameter::ExclusiveStartKey, start.as_deref());
    parameters.bytes(Parameter::FilterExpression, filter.as_deref());
    parameters.bytes(Parameter::IndexName, input.index_name().map(str::as_bytes));
    parameters.number(Parameter::Limit, limit);
    parameters.number(Parameter::Select, select);
    parameters.number(Parameter::Segment, segment);
    parameters.number(Parameter::TotalSegments, total_segments);
    parameters.end();
    Ok((bytes, PagePlan { schema, projection }))
}
