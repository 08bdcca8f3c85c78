//! `TransactGetItems` and `TransactWriteItems`: arguments are columns, with an entry for each part.

use std::borrow::Cow;

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Get, Put, ReturnValuesOnConditionCheckFailure, TransactGetItem,
    TransactWriteItem, Update,
};
use dax_client::protocol::cbor::{DecodeError, Decoder};
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Lookups;
use dax_client::protocol::request::{Action, Numbered as _};

use super::super::CallError;
use super::super::call::read_name;
use super::super::expression::{Placeholders, decode_projection};
use super::arguments::{Arguments, finish, incomplete, item, key};
use super::{TransactGet, TransactWrite};

const COLUMNS: DecodeError = DecodeError::Malformed("a transaction whose columns differ in length");
const ACTION: DecodeError = DecodeError::Malformed("what a part of a transaction does");

/// Tables, keys, projections, parameters.
pub(super) fn get(arguments: &mut Arguments<'_, '_>) -> Result<TransactGet, CallError> {
    let tables = arguments.column(read_name)?;
    let keys = arguments.column(Decoder::bytes)?;
    let projection = |decoder: &mut Decoder<'_>| decode_projection(&decoder.bytes()?);
    let projections = arguments.column(|decoder| decoder.optional(projection))?;
    let parameters = arguments.parameters()?;
    let projections = padded(projections, tables.len())?;
    if keys.len() != tables.len() {
        return Err(COLUMNS.into());
    }
    let schemas = arguments.schemas(tables.iter().map(String::as_str))?;
    let mut items = Vec::with_capacity(tables.len());
    for ((table, bytes), schema) in tables.into_iter().zip(keys).zip(&schemas) {
        let get = Get::builder().table_name(table).set_key(Some(key(schema, &bytes)?)).build();
        items.push(TransactGetItem::builder().get(get.map_err(incomplete)?).build());
    }
    let input = TransactGetItemsInput::builder()
        .set_transact_items(Some(items))
        .set_return_consumed_capacity(parameters.capacity)
        .build()
        .map_err(incomplete)?;
    Ok(TransactGet { input, schemas, projections })
}

/// Actions, tables, keys, items, something that is always `null`, what is wanted if a condition fails, conditions,
/// updates, parameters.
pub(super) fn write(arguments: &mut Arguments<'_, '_>) -> Result<TransactWrite, CallError> {
    let parts = parts(arguments)?;
    let parameters = arguments.parameters()?;
    let schemas = arguments.schemas(parts.iter().map(|part| part.table.as_str()))?;
    let mut lookups = arguments.lookups();
    let mut items = Vec::with_capacity(parts.len());
    for (part, schema) in parts.iter().zip(&schemas) {
        items.extend(part.build(schema, &mut lookups)?);
    }
    let items = finish(lookups, items)?;
    let input = TransactWriteItemsInput::builder()
        .set_transact_items(Some(items))
        .set_client_request_token(parameters.token)
        .set_return_consumed_capacity(parameters.capacity)
        .set_return_item_collection_metrics(parameters.metrics)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWrite { input, tables: parts.into_iter().map(|part| part.table).zip(schemas).collect() })
}

/// A part of a write transaction.
struct Part<'a> {
    action: Action,
    table: String,
    key: Cow<'a, [u8]>,
    content: Option<Cow<'a, [u8]>>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
    condition: Option<Cow<'a, [u8]>>,
    update: Option<Cow<'a, [u8]>>,
}

/// Puts the columns together.
fn parts<'a>(arguments: &mut Arguments<'a, '_>) -> Result<Vec<Part<'a>>, DecodeError> {
    let actions = arguments.column(|decoder| Action::from_number(decoder.unsigned()?).ok_or(ACTION))?;
    let tables = arguments.column(read_name)?;
    let keys = arguments.column(Decoder::bytes)?;
    let bytes = |decoder: &mut Decoder<'a>| decoder.optional(Decoder::bytes);
    let contents = arguments.column(bytes)?;
    arguments.decoder.skip()?;
    let number = |decoder: &mut Decoder<'_>| decoder.optional(Decoder::unsigned);
    let on_failure = arguments.column(number)?;
    let conditions = arguments.column(bytes)?;
    let updates = arguments.column(bytes)?;

    let length = actions.len();
    if tables.len() != length || keys.len() != length {
        return Err(COLUMNS);
    }
    let columns = actions.into_iter().zip(tables).zip(keys).zip(padded(contents, length)?);
    let columns = columns.zip(padded(on_failure, length)?).zip(padded(conditions, length)?);
    let parts = columns.zip(padded(updates, length)?);
    Ok(parts
        .map(|((((((action, table), key), content), on_failure), condition), update)| Part {
            action,
            table,
            key,
            content,
            on_failure: on_failure.and_then(ReturnValuesOnConditionCheckFailure::from_number),
            condition,
            update,
        })
        .collect())
}

/// A column that may be missing as a whole.
fn padded<T>(column: Vec<Option<T>>, length: usize) -> Result<Vec<Option<T>>, DecodeError> {
    if column.is_empty() {
        return Ok(std::iter::repeat_with(|| None).take(length).collect());
    }
    if column.len() == length { Ok(column) } else { Err(COLUMNS) }
}

/// Sets what all parts have.
macro_rules! part {
    ($type:ident, $part:expr, $placeholders:expr) => {{
        let condition = $placeholders.condition($part.condition.as_deref())?;
        let (names, values) = $placeholders.into_maps();
        $type::builder()
            .table_name(&$part.table)
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .set_return_values_on_condition_check_failure($part.on_failure.clone())
    }};
}

impl Part<'_> {
    /// `None` if a list must be looked up.
    fn build(
        &self,
        schema: &KeySchema,
        lookups: &mut Lookups<'_>,
    ) -> Result<Option<TransactWriteItem>, CallError> {
        let mut placeholders = Placeholders::default();
        let item = TransactWriteItem::builder();
        if self.action == Action::Put {
            let content = self.content.as_deref().ok_or(ACTION)?;
            let Some(whole) = self::item(schema, &self.key, content, lookups)? else { return Ok(None) };
            let put = part!(Put, self, placeholders).set_item(Some(whole)).build();
            return Ok(Some(item.put(put.map_err(incomplete)?).build()));
        }
        let key = Some(key(schema, &self.key)?);
        let item = match self.action {
            Action::Delete => {
                let delete = part!(Delete, self, placeholders).set_key(key).build();
                item.delete(delete.map_err(incomplete)?)
            }
            Action::Check => {
                let check = part!(ConditionCheck, self, placeholders).set_key(key).build();
                item.condition_check(check.map_err(incomplete)?)
            }
            Action::Update | Action::Put => {
                let expression = placeholders.update(self.update.as_deref())?;
                let update = part!(Update, self, placeholders).set_key(key);
                item.update(update.set_update_expression(expression).build().map_err(incomplete)?)
            }
        };
        Ok(Some(item.build()))
    }
}
