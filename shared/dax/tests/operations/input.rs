//! The inputs of the recorded cases as the SDK's input types.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, DeleteRequest, Get, KeysAndAttributes, Put, PutRequest, TransactGetItem,
    TransactWriteItem, Update, WriteRequest,
};
use serde_json::Value;

use super::json::{item, names, text};

pub(crate) fn get_item(input: &Value) -> GetItemInput {
    GetItemInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_key(item(&input["Key"]))
        .set_consistent_read(input["ConsistentRead"].as_bool())
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_projection_expression(text(&input["ProjectionExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .build()
        .unwrap()
}

pub(crate) fn put_item(input: &Value) -> PutItemInput {
    PutItemInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_item(item(&input["Item"]))
        .set_return_values(parsed(&input["ReturnValues"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_return_item_collection_metrics(parsed(&input["ReturnItemCollectionMetrics"]))
        .set_condition_expression(text(&input["ConditionExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&input["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

pub(crate) fn update_item(input: &Value) -> UpdateItemInput {
    UpdateItemInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_key(item(&input["Key"]))
        .set_return_values(parsed(&input["ReturnValues"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_return_item_collection_metrics(parsed(&input["ReturnItemCollectionMetrics"]))
        .set_update_expression(text(&input["UpdateExpression"]))
        .set_condition_expression(text(&input["ConditionExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&input["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

pub(crate) fn delete_item(input: &Value) -> DeleteItemInput {
    DeleteItemInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_key(item(&input["Key"]))
        .set_return_values(parsed(&input["ReturnValues"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_return_item_collection_metrics(parsed(&input["ReturnItemCollectionMetrics"]))
        .set_condition_expression(text(&input["ConditionExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&input["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

pub(crate) fn query(input: &Value) -> QueryInput {
    QueryInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_index_name(text(&input["IndexName"]))
        .set_select(parsed(&input["Select"]))
        .set_limit(integer(&input["Limit"]))
        .set_consistent_read(input["ConsistentRead"].as_bool())
        .set_scan_index_forward(input["ScanIndexForward"].as_bool())
        .set_exclusive_start_key(item(&input["ExclusiveStartKey"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_projection_expression(text(&input["ProjectionExpression"]))
        .set_filter_expression(text(&input["FilterExpression"]))
        .set_key_condition_expression(text(&input["KeyConditionExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&input["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

pub(crate) fn scan(input: &Value) -> ScanInput {
    ScanInput::builder()
        .set_table_name(text(&input["TableName"]))
        .set_index_name(text(&input["IndexName"]))
        .set_select(parsed(&input["Select"]))
        .set_limit(integer(&input["Limit"]))
        .set_consistent_read(input["ConsistentRead"].as_bool())
        .set_segment(integer(&input["Segment"]))
        .set_total_segments(integer(&input["TotalSegments"]))
        .set_exclusive_start_key(item(&input["ExclusiveStartKey"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_projection_expression(text(&input["ProjectionExpression"]))
        .set_filter_expression(text(&input["FilterExpression"]))
        .set_expression_attribute_names(names(&input["ExpressionAttributeNames"]))
        .set_expression_attribute_values(item(&input["ExpressionAttributeValues"]))
        .build()
        .unwrap()
}

pub(crate) fn batch_get_item(input: &Value) -> BatchGetItemInput {
    let tables = input["RequestItems"].as_object().unwrap().iter().map(|(table, of_table)| {
        let keys = list(&of_table["Keys"], |key| item(key).unwrap());
        let keys_and_attributes = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .set_consistent_read(of_table["ConsistentRead"].as_bool())
            .set_projection_expression(text(&of_table["ProjectionExpression"]))
            .set_expression_attribute_names(names(&of_table["ExpressionAttributeNames"]))
            .build()
            .unwrap();
        (table.clone(), keys_and_attributes)
    });
    BatchGetItemInput::builder()
        .set_request_items(Some(tables.collect()))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .build()
        .unwrap()
}

pub(crate) fn batch_write_item(input: &Value) -> BatchWriteItemInput {
    let tables = input["RequestItems"].as_object().unwrap().iter();
    let tables = tables.map(|(table, requests)| (table.clone(), list(requests, write_request)));
    BatchWriteItemInput::builder()
        .set_request_items(Some(tables.collect()))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_return_item_collection_metrics(parsed(&input["ReturnItemCollectionMetrics"]))
        .build()
        .unwrap()
}

fn write_request(request: &Value) -> WriteRequest {
    let put = item(&request["PutRequest"]["Item"])
        .map(|item| PutRequest::builder().set_item(Some(item)).build().unwrap());
    let delete = item(&request["DeleteRequest"]["Key"])
        .map(|key| DeleteRequest::builder().set_key(Some(key)).build().unwrap());
    WriteRequest::builder().set_put_request(put).set_delete_request(delete).build()
}

pub(crate) fn transact_get_items(input: &Value) -> TransactGetItemsInput {
    let items = list(&input["TransactItems"], |entry| {
        let get = &entry["Get"];
        let get = Get::builder()
            .set_table_name(text(&get["TableName"]))
            .set_key(item(&get["Key"]))
            .set_projection_expression(text(&get["ProjectionExpression"]))
            .set_expression_attribute_names(names(&get["ExpressionAttributeNames"]))
            .build()
            .unwrap();
        TransactGetItem::builder().get(get).build()
    });
    TransactGetItemsInput::builder()
        .set_transact_items(Some(items))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .build()
        .unwrap()
}

pub(crate) fn transact_write_items(input: &Value) -> TransactWriteItemsInput {
    TransactWriteItemsInput::builder()
        .set_transact_items(Some(list(&input["TransactItems"], transact_write_item)))
        .set_client_request_token(text(&input["ClientRequestToken"]))
        .set_return_consumed_capacity(parsed(&input["ReturnConsumedCapacity"]))
        .set_return_item_collection_metrics(parsed(&input["ReturnItemCollectionMetrics"]))
        .build()
        .unwrap()
}

/// Sets what every part of a `TransactItems` entry has.
macro_rules! part {
    ($builder:expr, $part:expr) => {
        $builder
            .set_table_name(text(&$part["TableName"]))
            .set_condition_expression(text(&$part["ConditionExpression"]))
            .set_expression_attribute_names(names(&$part["ExpressionAttributeNames"]))
            .set_expression_attribute_values(item(&$part["ExpressionAttributeValues"]))
            .set_return_values_on_condition_check_failure(parsed(
                &$part["ReturnValuesOnConditionCheckFailure"],
            ))
    };
}

fn transact_write_item(entry: &Value) -> TransactWriteItem {
    let (kind, part) = entry.as_object().unwrap().iter().next().unwrap();
    let builder = TransactWriteItem::builder();
    match kind.as_str() {
        "ConditionCheck" => builder.condition_check(
            part!(ConditionCheck::builder(), part).set_key(item(&part["Key"])).build().unwrap(),
        ),
        "Put" => builder.put(part!(Put::builder(), part).set_item(item(&part["Item"])).build().unwrap()),
        "Delete" => {
            builder.delete(part!(Delete::builder(), part).set_key(item(&part["Key"])).build().unwrap())
        }
        "Update" => builder.update(
            part!(Update::builder(), part)
                .set_key(item(&part["Key"]))
                .set_update_expression(text(&part["UpdateExpression"]))
                .build()
                .unwrap(),
        ),
        other => panic!("no part of a transaction: {other}"),
    }
    .build()
}

/// A value of one of the SDK's enums, which are made of their names.
fn parsed<T: for<'a> From<&'a str>>(value: &Value) -> Option<T> {
    value.as_str().map(T::from)
}

fn integer(value: &Value) -> Option<i32> {
    value.as_i64().map(|integer| i32::try_from(integer).unwrap())
}

fn list<T>(value: &Value, element: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(element).collect()
}

/// Calls a function with the input of a case, whatever its type is. This module must be in scope.
macro_rules! with_input {
    ($case:expr, $function:ident($($argument:expr),*)) => {{
        let input = &$case["input"];
        match $case["operation"].as_str().unwrap() {
            "GetItem" => $function(&input::get_item(input), $($argument),*),
            "PutItem" => $function(&input::put_item(input), $($argument),*),
            "UpdateItem" => $function(&input::update_item(input), $($argument),*),
            "DeleteItem" => $function(&input::delete_item(input), $($argument),*),
            "Query" => $function(&input::query(input), $($argument),*),
            "Scan" => $function(&input::scan(input), $($argument),*),
            "BatchGetItem" => $function(&input::batch_get_item(input), $($argument),*),
            "BatchWriteItem" => $function(&input::batch_write_item(input), $($argument),*),
            "TransactGetItems" => $function(&input::transact_get_items(input), $($argument),*),
            "TransactWriteItems" => $function(&input::transact_write_items(input), $($argument),*),
            other => panic!("no operation: {other}"),
        }
    }};
}

pub(crate) use with_input;
