//! Requests as the JSON of the recorded cases.

use std::collections::HashMap;

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
use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactWriteItem, WriteRequest};
use serde_json::{Map, Value, json};

use super::super::Request;
use super::json::{item_json, object};
use super::normal::normal;

/// The request as the API has it, in the form of [`normal`].
pub(super) fn describe(request: &Request) -> Value {
    normal(&match request {
        Request::GetItem(get) => of_get(&get.with_projection()),
        Request::PutItem(put) => of_put(&put.input),
        Request::UpdateItem(update) => of_update(&update.input),
        Request::DeleteItem(delete) => of_delete(&delete.input),
        Request::Query(query) => of_query(&query.with_projection()),
        Request::Scan(scan) => of_scan(&scan.with_projection()),
        Request::BatchGetItem(batch) => of_batch_get(&batch.with_projection()),
        Request::BatchWriteItem(batch) => of_batch_write(&batch.input),
        Request::TransactGetItems(transaction) => of_transact_get(&transaction.with_projection()),
        Request::TransactWriteItems(transaction) => of_transact_write(&transaction.input),
    })
}

fn of_get(input: &GetItemInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("Key", input.key().map(item_json)),
        ("ConsistentRead", input.consistent_read().map(Value::from)),
        ("ProjectionExpression", text(input.projection_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
    ])
}

fn of_put(input: &PutItemInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("Item", input.item().map(item_json)),
        ("ConditionExpression", text(input.condition_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ExpressionAttributeValues", input.expression_attribute_values().map(item_json)),
        ("ReturnValues", name(input.return_values())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
        ("ReturnItemCollectionMetrics", name(input.return_item_collection_metrics())),
    ])
}

fn of_update(input: &UpdateItemInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("Key", input.key().map(item_json)),
        ("UpdateExpression", text(input.update_expression())),
        ("ConditionExpression", text(input.condition_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ExpressionAttributeValues", input.expression_attribute_values().map(item_json)),
        ("ReturnValues", name(input.return_values())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
        ("ReturnItemCollectionMetrics", name(input.return_item_collection_metrics())),
    ])
}

fn of_delete(input: &DeleteItemInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("Key", input.key().map(item_json)),
        ("ConditionExpression", text(input.condition_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ExpressionAttributeValues", input.expression_attribute_values().map(item_json)),
        ("ReturnValues", name(input.return_values())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
        ("ReturnItemCollectionMetrics", name(input.return_item_collection_metrics())),
    ])
}

fn of_query(input: &QueryInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("IndexName", text(input.index_name())),
        ("KeyConditionExpression", text(input.key_condition_expression())),
        ("FilterExpression", text(input.filter_expression())),
        ("ProjectionExpression", text(input.projection_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ExpressionAttributeValues", input.expression_attribute_values().map(item_json)),
        ("ExclusiveStartKey", input.exclusive_start_key().map(item_json)),
        ("ConsistentRead", input.consistent_read().map(Value::from)),
        ("ScanIndexForward", input.scan_index_forward().map(Value::from)),
        ("Limit", input.limit().map(Value::from)),
        ("Select", name(input.select())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
    ])
}

fn of_scan(input: &ScanInput) -> Value {
    object([
        ("TableName", text(input.table_name())),
        ("IndexName", text(input.index_name())),
        ("FilterExpression", text(input.filter_expression())),
        ("ProjectionExpression", text(input.projection_expression())),
        ("ExpressionAttributeNames", names(input.expression_attribute_names())),
        ("ExpressionAttributeValues", input.expression_attribute_values().map(item_json)),
        ("ExclusiveStartKey", input.exclusive_start_key().map(item_json)),
        ("ConsistentRead", input.consistent_read().map(Value::from)),
        ("Segment", input.segment().map(Value::from)),
        ("TotalSegments", input.total_segments().map(Value::from)),
        ("Limit", input.limit().map(Value::from)),
        ("Select", name(input.select())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
    ])
}

fn of_batch_get(input: &BatchGetItemInput) -> Value {
    object([
        ("RequestItems", input.request_items().map(|tables| by_name(tables, of_keys))),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
    ])
}

fn of_batch_write(input: &BatchWriteItemInput) -> Value {
    let of_table = |writes: &Vec<_>| writes.iter().map(of_write).collect();
    object([
        ("RequestItems", input.request_items().map(|tables| by_name(tables, of_table))),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
        ("ReturnItemCollectionMetrics", name(input.return_item_collection_metrics())),
    ])
}

fn of_transact_get(input: &TransactGetItemsInput) -> Value {
    let parts = input.transact_items().iter().map(|part| {
        let get = part.get().unwrap();
        json!({"Get": object([
            ("TableName", text(Some(get.table_name()))),
            ("Key", Some(item_json(get.key()))),
            ("ProjectionExpression", text(get.projection_expression())),
            ("ExpressionAttributeNames", names(get.expression_attribute_names())),
        ])})
    });
    object([
        ("TransactItems", Some(parts.collect())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
    ])
}

fn of_transact_write(input: &TransactWriteItemsInput) -> Value {
    object([
        ("TransactItems", Some(input.transact_items().iter().map(of_part).collect())),
        ("ClientRequestToken", text(input.client_request_token())),
        ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
        ("ReturnItemCollectionMetrics", name(input.return_item_collection_metrics())),
    ])
}

fn of_keys(request: &KeysAndAttributes) -> Value {
    object([
        ("Keys", Some(request.keys().iter().map(item_json).collect())),
        ("ConsistentRead", request.consistent_read().map(Value::from)),
        ("ProjectionExpression", text(request.projection_expression())),
        ("ExpressionAttributeNames", names(request.expression_attribute_names())),
    ])
}

fn of_write(write: &WriteRequest) -> Value {
    object([
        ("PutRequest", write.put_request().map(|put| json!({"Item": item_json(put.item())}))),
        ("DeleteRequest", write.delete_request().map(|delete| json!({"Key": item_json(delete.key())}))),
    ])
}

/// What all parts of a write transaction have.
macro_rules! part {
    ($part:expr, $($more:expr),+) => {
        object([
            ("TableName", text(Some($part.table_name()))),
            ("ExpressionAttributeNames", names($part.expression_attribute_names())),
            ("ExpressionAttributeValues", $part.expression_attribute_values().map(item_json)),
            (
                "ReturnValuesOnConditionCheckFailure",
                name($part.return_values_on_condition_check_failure()),
            ),
            $($more),+
        ])
    };
}

fn of_part(part: &TransactWriteItem) -> Value {
    object([
        (
            "Put",
            part.put().map(|put| {
                let condition = text(put.condition_expression());
                part!(put, ("Item", Some(item_json(put.item()))), ("ConditionExpression", condition))
            }),
        ),
        (
            "Delete",
            part.delete().map(|delete| {
                let condition = text(delete.condition_expression());
                part!(delete, ("Key", Some(item_json(delete.key()))), ("ConditionExpression", condition))
            }),
        ),
        (
            "ConditionCheck",
            part.condition_check().map(|check| {
                let condition = text(Some(check.condition_expression()));
                part!(check, ("Key", Some(item_json(check.key()))), ("ConditionExpression", condition))
            }),
        ),
        (
            "Update",
            part.update().map(|update| {
                part!(
                    update,
                    ("Key", Some(item_json(update.key()))),
                    ("UpdateExpression", text(Some(update.update_expression()))),
                    ("ConditionExpression", text(update.condition_expression()))
                )
            }),
        ),
    ])
}

fn text(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

fn name<T: AsRef<str>>(value: Option<&T>) -> Option<Value> {
    text(value.map(AsRef::as_ref))
}

fn names(names: Option<&HashMap<String, String>>) -> Option<Value> {
    names.map(|names| json!(names))
}

fn by_name<T>(tables: &HashMap<String, T>, of_table: impl Fn(&T) -> Value) -> Value {
    tables.iter().map(|(table, value)| (table.clone(), of_table(value))).collect::<Map<_, _>>().into()
}
