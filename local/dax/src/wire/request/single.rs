//! `GetItem`, `PutItem`, `UpdateItem`, `DeleteItem`: one item of one table.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;

use super::super::CallError;
use super::super::expression::Placeholders;
use super::arguments::{Arguments, canonical, incomplete, key};
use super::{Get, Write};

/// Table, key, parameters.
pub(super) fn get(arguments: &mut Arguments<'_, '_>) -> Result<Get, CallError> {
    let table = arguments.table()?;
    let key_bytes = arguments.bytes()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let attributes = key(&schema, &key_bytes)?;
    let key = canonical(&schema, &attributes)?;
    let projection = parameters.projection()?;
    let input = GetItemInput::builder()
        .table_name(table)
        .set_key(Some(attributes))
        .set_consistent_read(parameters.consistent_read)
        .set_return_consumed_capacity(parameters.capacity)
        .build()
        .map_err(incomplete)?;
    Ok(Get { input, schema, key, projection })
}

/// Table, key, the other attributes, parameters.
pub(super) fn put(arguments: &mut Arguments<'_, '_>) -> Result<Write<PutItemInput>, CallError> {
    let table = arguments.table()?;
    let key_bytes = arguments.bytes()?;
    let content = arguments.bytes()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let item = arguments.item(&schema, &key_bytes, &content)?;
    let key = canonical(&schema, &item)?;
    let mut placeholders = Placeholders::default();
    let condition = placeholders.condition(parameters.condition.as_deref())?;
    let (names, values) = placeholders.into_maps();
    let input = PutItemInput::builder()
        .table_name(table)
        .set_item(Some(item))
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_return_values(parameters.values)
        .set_return_consumed_capacity(parameters.capacity)
        .set_return_item_collection_metrics(parameters.metrics)
        .build()
        .map_err(incomplete)?;
    Ok(Write { input, schema, key })
}

/// Table, key, parameters: the update is one of them.
pub(super) fn update(arguments: &mut Arguments<'_, '_>) -> Result<Write<UpdateItemInput>, CallError> {
    let table = arguments.table()?;
    let key_bytes = arguments.bytes()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let attributes = key(&schema, &key_bytes)?;
    let key = canonical(&schema, &attributes)?;
    let mut placeholders = Placeholders::default();
    let update = placeholders.update(parameters.update.as_deref())?;
    let condition = placeholders.condition(parameters.condition.as_deref())?;
    let (names, values) = placeholders.into_maps();
    let input = UpdateItemInput::builder()
        .table_name(table)
        .set_key(Some(attributes))
        .set_update_expression(update)
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_return_values(parameters.values)
        .set_return_consumed_capacity(parameters.capacity)
        .set_return_item_collection_metrics(parameters.metrics)
        .build()
        .map_err(incomplete)?;
    Ok(Write { input, schema, key })
}

/// Table, key, parameters.
pub(super) fn delete(arguments: &mut Arguments<'_, '_>) -> Result<Write<DeleteItemInput>, CallError> {
    let table = arguments.table()?;
    let key_bytes = arguments.bytes()?;
    let parameters = arguments.parameters()?;
    let schema = arguments.schema(&table)?;
    let attributes = key(&schema, &key_bytes)?;
    let key = canonical(&schema, &attributes)?;
    let mut placeholders = Placeholders::default();
    let condition = placeholders.condition(parameters.condition.as_deref())?;
    let (names, values) = placeholders.into_maps();
    let input = DeleteItemInput::builder()
        .table_name(table)
        .set_key(Some(attributes))
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .set_return_values(parameters.values)
        .set_return_consumed_capacity(parameters.capacity)
        .set_return_item_collection_metrics(parameters.metrics)
        .build()
        .map_err(incomplete)?;
    Ok(Write { input, schema, key })
}
