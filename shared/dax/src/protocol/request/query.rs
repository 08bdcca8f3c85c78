//! `Query`: table, condition on the key, parameters.

use aws_sdk_dynamodb::operation::query::QueryInput;

use super::common::{key_schema, refuse, required, start_key};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, at_least, numbered};
use super::{PagePlan, RequestError};
use crate::protocol::cbor::Encoder;
use crate::protocol::expression::Kind;
use crate::protocol::lookup::Metadata;
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &QueryInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, PagePlan), RequestError> {
    refuse([
        ("KeyConditions", input.key_conditions.is_some()),
        ("QueryFilter", input.query_filter.is_some()),
        ("ConditionalOperator", input.conditional_operator.is_some()),
        ("AttributesToGet", input.attributes_to_get.is_some()),
    ])?;
    let table = required("tableName", input.table_name())?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let select = numbered(input.select())?;
    let limit = at_least("limit", 1, input.limit())?;
    let mut expressions =
        Expressions::new(input.expression_attribute_names(), input.expression_attribute_values())?;
    let key_condition = expressions.condition(Kind::KeyCondition, input.key_condition_expression())?;
    let key_condition = key_condition.ok_or(RequestError::NoKeyCondition)?;
    let filter = expressions.condition(Kind::Filter, input.filter_expression())?;
    let (encoded, projection) = expressions.projection(input.projection_expression())?.unzip();
    expressions.finish()?;
    let schema = key_schema(metadata, table)?;
    let start = start_key(&schema, input.index_name(), input.exclusive_start_key())?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::Query.encode(&mut out);
    out.bytes(table.as_bytes()).bytes(&key_condition);
    let mut parameters = Parameters::begin(&mut out);
    parameters.bytes(Parameter::ProjectionExpression, encoded.as_deref());
    parameters.bool_as_int(Parameter::ConsistentRead, input.consistent_read());
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.bytes(Parameter::ExclusiveStartKey, start.as_deref());
    parameters.bytes(Parameter::FilterExpression, filter.as_deref());
    parameters.bytes(Parameter::IndexName, input.index_name().map(str::as_bytes));
    parameters.number(Parameter::Limit, limit);
    parameters.bool_as_int(Parameter::ScanIndexForward, input.scan_index_forward());
    parameters.number(Parameter::Select, select);
    parameters.end();
    Ok((bytes, PagePlan { schema, projection }))
}
