//! `GetItem`: table, key, parameters.

use aws_sdk_dynamodb::operation::get_item::GetItemInput;

use super::common::{key_bytes, key_schema, refuse, required};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, numbered};
use super::{GetItemPlan, RequestError};
use crate::protocol::cbor::Encoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &GetItemInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, GetItemPlan), RequestError> {
    refuse([("AttributesToGet", input.attributes_to_get.is_some())])?;
    let table = required("tableName", input.table_name())?;
    let key = required("key", input.key())?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let mut expressions = Expressions::new(input.expression_attribute_names(), None)?;
    let (encoded, projection) = expressions.projection(input.projection_expression())?.unzip();
    expressions.finish()?;
    let key = key_bytes(&*key_schema(metadata, table)?, key)?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::GetItem.encode(&mut out);
    out.bytes(table.as_bytes()).bytes(&key);
    let mut parameters = Parameters::begin(&mut out);
    parameters.bytes(Parameter::ProjectionExpression, encoded.as_deref());
    parameters.bool(Parameter::ConsistentRead, input.consistent_read());
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.end();
    Ok((bytes, GetItemPlan { projection }))
}
