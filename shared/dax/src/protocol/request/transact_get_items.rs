//! `TransactGetItems`: tables, keys, projections, parameters.

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;

use super::common::{check_length, key_bytes, key_schemas, required};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, numbered};
use super::{MAX_TRANSACTION, RequestError, TransactGetItemsPlan};
use crate::protocol::cbor::Encoder;
use crate::protocol::lookup::Metadata;
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &TransactGetItemsInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, TransactGetItemsPlan), RequestError> {
    check_length("transactItems", input.transact_items().len(), MAX_TRANSACTION)?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let items = input.transact_items().iter();
    let gets: Vec<_> =
        items.map(|item| required("transactItems.get", item.get())).collect::<Result<_, _>>()?;
    let mut encoded = Vec::with_capacity(gets.len());
    let mut projections = Vec::with_capacity(gets.len());
    for get in &gets {
        let mut expressions = Expressions::new(get.expression_attribute_names(), None)?;
        let (bytes, projection) = expressions.projection(get.projection_expression())?.unzip();
        expressions.finish()?;
        encoded.push(bytes);
        projections.push(projection);
    }
    let schemas = key_schemas(metadata, gets.iter().map(|get| get.table_name()))?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::TransactGetItems.encode(&mut out);
    out.array(gets.len());
    for get in &gets {
        out.bytes(get.table_name().as_bytes());
    }
    out.array(gets.len());
    for get in &gets {
        let schema = required("tableName", schemas.get(get.table_name()))?;
        out.bytes(&key_bytes(schema, get.key())?);
    }
    out.array(gets.len());
    for projection in &encoded {
        match projection {
            Some(projection) => out.bytes(projection),
            None => out.null(),
        };
    }
    let mut parameters = Parameters::begin(&mut out);
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.end();
    Ok((bytes, TransactGetItemsPlan { projections }))
}
