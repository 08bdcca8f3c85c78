//! `PutItem`: table, key, the other attributes, parameters.

use aws_sdk_dynamodb::operation::put_item::PutItemInput;

use super::common::{Item, key_schema, refuse, required, wants_failed_item};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, numbered};
use super::{RequestError, WritePlan};
use crate::protocol::cbor::Encoder;
use crate::protocol::expression::Kind;
use crate::protocol::lookup::{Lookups, Metadata};
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &PutItemInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, WritePlan), RequestError> {
    let on_failure = input.return_values_on_condition_check_failure();
    refuse([
        ("Expected", input.expected.is_some()),
        ("ConditionalOperator", input.conditional_operator.is_some()),
        ("ReturnValuesOnConditionCheckFailure", wants_failed_item(on_failure)),
    ])?;
    let table = required("tableName", input.table_name())?;
    let item = required("item", input.item())?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let metrics = numbered(input.return_item_collection_metrics())?;
    let values = numbered(input.return_values())?;
    let mut expressions =
        Expressions::new(input.expression_attribute_names(), input.expression_attribute_values())?;
    let condition = expressions.condition(Kind::Condition, input.condition_expression())?;
    expressions.finish()?;
    let schema = key_schema(metadata, table)?;
    let mut lookups = Lookups::new(metadata);
    let item = Item::split(item, &schema, &mut lookups)?;
    let item = lookups.finish(item).map_err(RequestError::Lookups)?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::PutItem.encode(&mut out);
    out.bytes(table.as_bytes()).bytes(&item.key);
    item.encode_others(&mut out)?;
    let mut parameters = Parameters::begin(&mut out);
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.bytes(Parameter::ConditionExpression, condition.as_deref());
    parameters.number(Parameter::ReturnItemCollectionMetrics, metrics);
    parameters.number(Parameter::ReturnValues, values);
    parameters.end();
    Ok((bytes, WritePlan { schema }))
}
