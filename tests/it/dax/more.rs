//! Cases beyond those that were captured: what only shows over a real database, or once something is cached.

use serde_json::{Value, json};

/// Longer than the 15 to 17 digits that a double has.
const LONG_NUMBER: &str = "3.1415926535897932384626433832795028841";
/// Near DynamoDB's limit of 400 KB: an answer in many packets.
const LARGE: usize = 390_000;

/// More cases, to be run after the others, on what these leave.
pub(super) fn more_cases() -> Vec<Value> {
    [numbers(), large_ones(), expressions(), pages(), refused(), cached()].concat()
}

fn numbers() -> Vec<Value> {
    let long = json!({"pk": {"S": "long"}, "n": {"N": LONG_NUMBER}});
    let decimal = |number| json!({"id": {"N": number}});
    vec![
        case("put_long_number", "PutItem", json!({"TableName": "flags", "Item": long})),
        case("get_long_number", "GetItem", json!({"TableName": "flags", "Key": {"pk": {"S": "long"}}})),
        case("put_number_key", "PutItem", json!({"TableName": "num", "Item": decimal("12.50")})),
        case("get_number_key_otherwise", "GetItem", json!({"TableName": "num", "Key": decimal("1.25e1")})),
    ]
}

fn large_ones() -> Vec<Value> {
    let item = json!({"pk": {"S": "large"}, "text": {"S": "ü".repeat(LARGE / 2)}});
    let key = |number| json!({"pk": {"S": format!("many#{number:03}")}});
    let put = |number| json!({"PutRequest": {"Item": {"pk": key(number)["pk"], "n": {"N": "1"}}}});
    let many: Vec<_> = (0..25).map(put).collect();
    let keys: Vec<_> = (0..100).map(key).collect();
    vec![
        case("put_large", "PutItem", json!({"TableName": "flags", "Item": item})),
        case("get_large", "GetItem", json!({"TableName": "flags", "Key": {"pk": {"S": "large"}}})),
        case("batch_write_25", "BatchWriteItem", json!({"RequestItems": {"flags": many}})),
        case("batch_get_100", "BatchGetItem", json!({"RequestItems": {"flags": {"Keys": keys}}})),
    ]
}

fn expressions() -> Vec<Value> {
    let key = json!({"pk": {"S": "p1"}, "sk": {"S": "v#005"}});
    vec![
        case(
            "get_list_elements",
            "GetItem",
            json!({"TableName": "hist", "Key": key, "ProjectionExpression": "doc.a[1], doc.a[0], doc.a[7]"}),
        ),
        case(
            "update_reserved_word",
            "UpdateItem",
            json!({
                "TableName": "hist", "Key": key, "ReturnValues": "ALL_NEW",
                "UpdateExpression": "SET #name = if_not_exists(#name, :v), doc.a = list_append(doc.a, :l) REMOVE n",
                "ConditionExpression": "begins_with(sk, :v) OR (n = :n AND attribute_not_exists(#name))",
                "ExpressionAttributeNames": {"#name": "name"},
                "ExpressionAttributeValues": {":v": {"S": "x"}, ":l": {"L": [{"NULL": true}]}, ":n": {"N": "50"}},
            }),
        ),
        case(
            "put_all_old_of_nothing",
            "PutItem",
            json!({"TableName": "flags", "Item": {"pk": {"S": "first"}}, "ReturnValues": "ALL_OLD"}),
        ),
        case(
            "delete_all_old_of_nothing",
            "DeleteItem",
            json!({"TableName": "flags", "Key": {"pk": {"S": "never"}}, "ReturnValues": "ALL_OLD"}),
        ),
    ]
}

fn pages() -> Vec<Value> {
    let start = json!({"pk": {"S": "p1"}, "sk": {"S": "v#002"}});
    vec![
        case("scan_page", "Scan", json!({"TableName": "hist", "Limit": 2})),
        case(
            "scan_next_page",
            "Scan",
            json!({"TableName": "hist", "Limit": 2, "ExclusiveStartKey": start, "ProjectionExpression": "sk"}),
        ),
        case(
            "query_numeric_next_page",
            "Query",
            json!({
                "TableName": "series", "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": {"S": "s"}}, "Limit": 2, "ScanIndexForward": false,
                "ExclusiveStartKey": {"pk": {"S": "s"}, "ts": {"N": "1234567.89"}},
            }),
        ),
    ]
}

fn refused() -> Vec<Value> {
    let key = json!({"pk": {"S": "flag#a"}});
    let get = json!({"Get": {"TableName": "flags", "Key": key}});
    vec![
        case("key_of_wrong_type", "GetItem", json!({"TableName": "flags", "Key": {"pk": {"N": "1"}}})),
        case("key_incomplete", "GetItem", json!({"TableName": "hist", "Key": key})),
        case(
            "unused_name",
            "GetItem",
            json!({
                "TableName": "flags", "Key": key, "ProjectionExpression": "pk",
                "ExpressionAttributeNames": {"#unused": "x"},
            }),
        ),
        case("batch_get_twice", "BatchGetItem", json!({"RequestItems": {"flags": {"Keys": [key, key]}}})),
        case("transact_get_twice", "TransactGetItems", json!({"TransactItems": [get, get]})),
    ]
}

/// The same twice, the second time from the cache, which costs nothing.
fn cached() -> Vec<Value> {
    let key = json!({"pk": {"S": "flag#b"}});
    let get = json!({"TableName": "flags", "Key": key, "ReturnConsumedCapacity": "TOTAL"});
    let missing = json!({
        "TableName": "flags", "Key": {"pk": {"S": "never"}}, "ReturnConsumedCapacity": "TOTAL",
    });
    let batch = json!({"RequestItems": {"flags": {"Keys": [key]}}, "ReturnConsumedCapacity": "TOTAL"});
    let query = json!({
        "TableName": "hist", "KeyConditionExpression": "pk = :p", "Select": "COUNT",
        "ExpressionAttributeValues": {":p": {"S": "p1"}}, "ReturnConsumedCapacity": "TOTAL",
    });
    let twice = |name: &str, operation, input: Value| {
        let again = json!({
            "name": format!("{name}_cached"), "operation": operation, "input": input,
            "options": {"cached": true},
        });
        [case(name, operation, input), again]
    };
    [
        twice("get", "GetItem", get),
        twice("get_missing", "GetItem", missing),
        twice("batch", "BatchGetItem", batch),
        twice("query", "Query", query),
    ]
    .concat()
}

#[expect(clippy::needless_pass_by_value, reason = "what json! makes, whose caller has no use for it")]
fn case(name: &str, operation: &str, input: Value) -> Value {
    json!({"name": name, "operation": operation, "input": input})
}
