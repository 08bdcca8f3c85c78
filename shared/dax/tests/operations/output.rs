//! The SDK's output types as the JSON of the recorded cases.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemOutput;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsOutput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsOutput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::{
    Capacity, ConsumedCapacity, ItemCollectionMetrics, KeysAndAttributes, WriteRequest,
};
use serde_json::{Value, json};

use super::json::{Item, item_json, object};

pub(crate) trait ToJson {
    fn to_json(&self) -> Value;
}

impl ToJson for GetItemOutput {
    fn to_json(&self) -> Value {
        object([
            ("Item", self.item().map(item_json)),
            ("ConsumedCapacity", self.consumed_capacity().map(capacity)),
        ])
    }
}

/// `PutItem`, `UpdateItem` and `DeleteItem` answer the same.
macro_rules! written {
    ($($output:ty)*) => {$(
        impl ToJson for $output {
            fn to_json(&self) -> Value {
                object([
                    ("Attributes", self.attributes().map(item_json)),
                    ("ConsumedCapacity", self.consumed_capacity().map(capacity)),
                    ("ItemCollectionMetrics", self.item_collection_metrics().map(metrics)),
                ])
            }
        }
    )*};
}

written!(PutItemOutput UpdateItemOutput DeleteItemOutput);

/// `Query` and `Scan` answer the same.
macro_rules! found {
    ($($output:ty)*) => {$(
        impl ToJson for $output {
            fn to_json(&self) -> Value {
                object([
                    ("Items", self.items.as_ref().map(|items| items.iter().map(item_json).collect())),
                    ("Count", Some(json!(self.count()))),
                    ("ScannedCount", Some(json!(self.scanned_count()))),
                    ("LastEvaluatedKey", self.last_evaluated_key().map(item_json)),
                    ("ConsumedCapacity", self.consumed_capacity().map(capacity)),
                ])
            }
        }
    )*};
}

found!(QueryOutput ScanOutput);

impl ToJson for BatchGetItemOutput {
    fn to_json(&self) -> Value {
        let items = |items: &Vec<Item>| items.iter().map(item_json).collect();
        object([
            ("Responses", self.responses().map(|tables| by_table(tables, items))),
            ("UnprocessedKeys", self.unprocessed_keys().map(|tables| by_table(tables, keys_and_attributes))),
            ("ConsumedCapacity", self.consumed_capacity.as_deref().map(capacities)),
        ])
    }
}

impl ToJson for BatchWriteItemOutput {
    fn to_json(&self) -> Value {
        let requests = |requests: &Vec<WriteRequest>| requests.iter().map(write_request).collect();
        object([
            ("UnprocessedItems", self.unprocessed_items().map(|tables| by_table(tables, requests))),
            ("ConsumedCapacity", self.consumed_capacity.as_deref().map(capacities)),
            ("ItemCollectionMetrics", self.item_collection_metrics().map(metrics_by_table)),
        ])
    }
}

impl ToJson for TransactGetItemsOutput {
    fn to_json(&self) -> Value {
        let responses = self.responses.as_ref().map(|responses| {
            responses.iter().map(|response| object([("Item", response.item().map(item_json))])).collect()
        });
        object([
            ("Responses", responses),
            ("ConsumedCapacity", self.consumed_capacity.as_deref().map(capacities)),
        ])
    }
}

impl ToJson for TransactWriteItemsOutput {
    fn to_json(&self) -> Value {
        object([
            ("ConsumedCapacity", self.consumed_capacity.as_deref().map(capacities)),
            ("ItemCollectionMetrics", self.item_collection_metrics().map(metrics_by_table)),
        ])
    }
}

fn by_table<T>(tables: &HashMap<String, T>, of_table: impl Fn(&T) -> Value) -> Value {
    Value::Object(tables.iter().map(|(table, value)| (table.clone(), of_table(value))).collect())
}

fn keys_and_attributes(keys: &KeysAndAttributes) -> Value {
    object([
        ("Keys", Some(keys.keys().iter().map(item_json).collect())),
        ("ConsistentRead", keys.consistent_read().map(Value::from)),
        ("ProjectionExpression", keys.projection_expression().map(Value::from)),
        ("ExpressionAttributeNames", keys.expression_attribute_names().map(|names| json!(names))),
    ])
}

fn write_request(request: &WriteRequest) -> Value {
    object([
        ("PutRequest", request.put_request().map(|put| json!({"Item": item_json(put.item())}))),
        ("DeleteRequest", request.delete_request().map(|delete| json!({"Key": item_json(delete.key())}))),
    ])
}

fn capacities(all: &[ConsumedCapacity]) -> Value {
    all.iter().map(capacity).collect()
}

fn capacity(consumed: &ConsumedCapacity) -> Value {
    object([
        ("TableName", consumed.table_name().map(Value::from)),
        ("CapacityUnits", consumed.capacity_units().map(Value::from)),
        ("ReadCapacityUnits", consumed.read_capacity_units().map(Value::from)),
        ("WriteCapacityUnits", consumed.write_capacity_units().map(Value::from)),
        ("Table", consumed.table().map(units)),
        ("GlobalSecondaryIndexes", consumed.global_secondary_indexes().map(|map| by_table(map, units))),
        ("LocalSecondaryIndexes", consumed.local_secondary_indexes().map(|map| by_table(map, units))),
    ])
}

fn units(capacity: &Capacity) -> Value {
    object([
        ("CapacityUnits", capacity.capacity_units().map(Value::from)),
        ("ReadCapacityUnits", capacity.read_capacity_units().map(Value::from)),
        ("WriteCapacityUnits", capacity.write_capacity_units().map(Value::from)),
    ])
}

fn metrics_by_table(tables: &HashMap<String, Vec<ItemCollectionMetrics>>) -> Value {
    by_table(tables, |all| all.iter().map(metrics).collect())
}

fn metrics(metrics: &ItemCollectionMetrics) -> Value {
    object([
        ("ItemCollectionKey", metrics.item_collection_key().map(item_json)),
        ("SizeEstimateRangeGB", metrics.size_estimate_range_gb.as_ref().map(|range| json!(range))),
    ])
}
