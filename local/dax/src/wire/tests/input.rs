//! Requests as the JSON of the recorded cases, and as inputs of the SDK that a client would have been given.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactGetItem, TransactWriteItem, WriteRequest};
use dax_client::protocol::expression::{DocumentPath, PathStep};
use dax_client::protocol::expression::{Kind, parse_condition, parse_projection, parse_update};
use dax_client::protocol::number::Number;
use serde_json::{Map, Value, json};

use super::super::request::Projection;
use super::super::{BatchGet, Get, Page, Request, TransactGet};
use super::json::{Item, item_json, object};

/// The request as the API has it, as [`normal`] says.
pub(super) fn describe(request: &Request) -> Value {
    normal(&match request {
        Request::GetItem(get) => of_get(&get.with_projection()),
        Request::PutItem(put) => object([
            ("TableName", text(put.input.table_name())),
            ("Item", put.input.item().map(item_json)),
            ("ConditionExpression", text(put.input.condition_expression())),
            ("ExpressionAttributeNames", names(put.input.expression_attribute_names())),
            ("ExpressionAttributeValues", put.input.expression_attribute_values().map(item_json)),
            ("ReturnValues", name(put.input.return_values())),
            ("ReturnConsumedCapacity", name(put.input.return_consumed_capacity())),
            ("ReturnItemCollectionMetrics", name(put.input.return_item_collection_metrics())),
        ]),
        Request::UpdateItem(update) => object([
            ("TableName", text(update.input.table_name())),
            ("Key", update.input.key().map(item_json)),
            ("UpdateExpression", text(update.input.update_expression())),
            ("ConditionExpression", text(update.input.condition_expression())),
            ("ExpressionAttributeNames", names(update.input.expression_attribute_names())),
            ("ExpressionAttributeValues", update.input.expression_attribute_values().map(item_json)),
            ("ReturnValues", name(update.input.return_values())),
            ("ReturnConsumedCapacity", name(update.input.return_consumed_capacity())),
            ("ReturnItemCollectionMetrics", name(update.input.return_item_collection_metrics())),
        ]),
        Request::DeleteItem(delete) => object([
            ("TableName", text(delete.input.table_name())),
            ("Key", delete.input.key().map(item_json)),
            ("ConditionExpression", text(delete.input.condition_expression())),
            ("ExpressionAttributeNames", names(delete.input.expression_attribute_names())),
            ("ExpressionAttributeValues", delete.input.expression_attribute_values().map(item_json)),
            ("ReturnValues", name(delete.input.return_values())),
            ("ReturnConsumedCapacity", name(delete.input.return_consumed_capacity())),
            ("ReturnItemCollectionMetrics", name(delete.input.return_item_collection_metrics())),
        ]),
        Request::Query(query) => {
            let input = query.with_projection();
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
        Request::Scan(scan) => {
            let input = scan.with_projection();
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
        Request::BatchGetItem(batch) => {
            let input = batch.with_projection();
            object([
                ("RequestItems", input.request_items().map(|tables| by_name(tables, of_keys))),
                ("ReturnConsumedCapacity", name(input.return_consumed_capacity())),
            ])
        }
        Request::BatchWriteItem(batch) => {
            let of_table = |writes: &Vec<_>| writes.iter().map(of_write).collect();
            object([
                ("RequestItems", batch.input.request_items().map(|tables| by_name(tables, of_table))),
                ("ReturnConsumedCapacity", name(batch.input.return_consumed_capacity())),
                ("ReturnItemCollectionMetrics", name(batch.input.return_item_collection_metrics())),
            ])
        }
        Request::TransactGetItems(transaction) => {
            let input = transaction.with_projection();
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
        Request::TransactWriteItems(transaction) => object([
            ("TransactItems", Some(transaction.input.transact_items().iter().map(of_part).collect())),
            ("ClientRequestToken", text(transaction.input.client_request_token())),
            ("ReturnConsumedCapacity", name(transaction.input.return_consumed_capacity())),
            ("ReturnItemCollectionMetrics", name(transaction.input.return_item_collection_metrics())),
        ]),
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

/// The JSON of a request with its placeholders replaced, its numbers in their one form, its sets sorted, and without what
/// is as if it were not there.
pub(super) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(normal).collect(),
        Value::Object(map) => {
            let members = map.iter().filter_map(|(key, value)| Some((key.clone(), member(map, key, value)?)));
            members.collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn member(map: &Map<String, Value>, key: &str, value: &Value) -> Option<Value> {
    let as_if_absent = match key {
        "ExpressionAttributeNames" | "ExpressionAttributeValues" => true,
        "ConsistentRead" => value == false,
        "ScanIndexForward" => value == true,
        "ReturnConsumedCapacity" | "ReturnItemCollectionMetrics" | "ReturnValues" => value == "NONE",
        "ReturnValuesOnConditionCheckFailure" => value == "NONE",
        _ => false,
    };
    let in_one_form = |number: &Value| match number.as_str() {
        Some(number) => Value::from(Number::parse(number).unwrap().canonical().to_string()),
        None => number.clone(),
    };
    match (key, value) {
        _ if as_if_absent => None,
        ("N", Value::String(_)) => Some(in_one_form(value)),
        ("NS" | "SS" | "BS", Value::Array(set)) => {
            let mut set: Vec<_> = set
                .iter()
                .map(|element| if key == "NS" { in_one_form(element) } else { element.clone() })
                .collect();
            set.sort_by_key(Value::to_string);
            Some(set.into())
        }
        (_, Value::String(expression)) if key.ends_with("Expression") => {
            let (names, values) =
                (&map.get("ExpressionAttributeNames"), &map.get("ExpressionAttributeValues"));
            Some(substituted(&printed(key, expression), *names, *values).into())
        }
        _ => Some(normal(value)),
    }
}

/// The expression with the white space and the parentheses that it needs.
fn printed(parameter: &str, expression: &str) -> String {
    match parameter {
        "ProjectionExpression" => {
            let paths = parse_projection(expression).unwrap();
            paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        "UpdateExpression" => {
            let actions = parse_update(expression).unwrap();
            actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        _ => parse_condition(Kind::Condition, expression).unwrap().to_string(),
    }
}

/// The expression with names and values in place of what stands for them.
pub(super) fn substituted(expression: &str, names: Option<&Value>, values: Option<&Value>) -> String {
    let mut text = String::new();
    let mut rest = expression;
    while let Some(start) = rest.find(['#', ':']) {
        let (before, placeholder) = rest.split_at(start);
        let is_end = |character: char| !character.is_alphanumeric() && character != '_';
        let length = placeholder[1..].find(is_end).map_or(placeholder.len(), |end| end + 1);
        let (placeholder, after) = placeholder.split_at(length);
        text.push_str(before);
        match names.and_then(|names| names[placeholder].as_str()) {
            Some(name) => text.push_str(name),
            None => text.push_str(&normal(&values.unwrap()[placeholder]).to_string()),
        }
        rest = after;
    }
    text + rest
}

impl Get {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> GetItemInput {
        let mut input = self.input.clone();
        if let Some(projection) = &self.projection {
            let names = input.expression_attribute_names.get_or_insert_default();
            input.projection_expression = Some(projection_text(projection, names));
        }
        input
    }
}

/// `Query` and `Scan` have the same projections.
macro_rules! page_with_projection {
    ($($input:ty)*) => {$(
        impl Page<$input> {
            /// What the client was given.
            pub(super) fn with_projection(&self) -> $input {
                let mut input = self.input.clone();
                if let Some(projection) = &self.projection {
                    let names = input.expression_attribute_names.get_or_insert_default();
                    input.projection_expression = Some(projection_text(projection, names));
                }
                input
            }
        }
    )*};
}

page_with_projection!(
    aws_sdk_dynamodb::operation::query::QueryInput
    aws_sdk_dynamodb::operation::scan::ScanInput
);

impl BatchGet {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> BatchGetItemInput {
        let mut input = self.input.clone();
        for (table, request) in input.request_items.iter_mut().flatten() {
            if let Some(projection) = &self.tables[table].projection {
                let names = request.expression_attribute_names.get_or_insert_default();
                request.projection_expression = Some(projection_text(projection, names));
            }
        }
        input
    }
}

impl TransactGet {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> TransactGetItemsInput {
        let mut input = self.input.clone();
        let parts = input.transact_items.iter_mut().flatten().zip(&self.projections);
        for (TransactGetItem { get, .. }, projection) in parts {
            if let (Some(get), Some(projection)) = (get, projection) {
                let names = get.expression_attribute_names.get_or_insert_default();
                get.projection_expression = Some(projection_text(projection, names));
            }
        }
        input
    }
}

fn projection_text(projection: &Projection, names: &mut HashMap<String, String>) -> String {
    let paths: Vec<_> = projection.iter().map(|path| path_text(path, names)).collect();
    paths.join(", ")
}

fn path_text(path: &DocumentPath, names: &mut HashMap<String, String>) -> String {
    let mut alias = |name: &str| {
        let alias = format!("#p{}", names.len());
        names.insert(alias.clone(), name.to_owned());
        alias
    };
    let mut text = alias(&path.root);
    for step in &path.steps {
        text += &match step {
            PathStep::Member(name) => format!(".{}", alias(name)),
            PathStep::Index(index) => format!("[{index}]"),
        };
    }
    text
}

/// An item out of JSON.
pub(super) fn item(value: &Value) -> Item {
    super::json::item(value).unwrap()
}
