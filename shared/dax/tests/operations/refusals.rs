//! Requests that are refused before anything is sent, and even before anything is asked of the server.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput};
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionalOperator, KeysAndAttributes, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use dax_client::protocol::error::OperationError;
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::operation::Operation;
use serde_json::json;

use crate::fixture::Fixture;
use crate::input;

/// Metadata that nobody may ask for.
struct Unasked;

impl Metadata for Unasked {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        panic!("asked for the key of {table}");
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        panic!("asked for the number of {names:?}");
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        panic!("asked for list {id}");
    }
}

/// The message with which an input is refused at once.
fn refusal<I: Operation>(input: &I) -> String {
    input.encode(&Unasked).map(drop).unwrap_err().to_string()
}

/// The message with which an input is refused when the keys of its tables are known.
fn late_refusal<I: Operation>(input: &I) -> String {
    input.encode(&Fixture::new().known).map(drop).unwrap_err().to_string()
}

#[test]
fn parameters_that_expressions_replaced_are_refused() {
    let names = || Some(Vec::new());
    let or = || Some(ConditionalOperator::Or);
    let unsupported = [
        refusal(&GetItemInput::builder().set_attributes_to_get(names()).build().unwrap()),
        refusal(&PutItemInput::builder().set_expected(Some(HashMap::new())).build().unwrap()),
        refusal(&UpdateItemInput::builder().set_attribute_updates(Some(HashMap::new())).build().unwrap()),
        refusal(&UpdateItemInput::builder().set_expected(Some(HashMap::new())).build().unwrap()),
        refusal(&DeleteItemInput::builder().set_conditional_operator(or()).build().unwrap()),
        refusal(&QueryInput::builder().set_key_conditions(Some(HashMap::new())).build().unwrap()),
        refusal(&QueryInput::builder().set_query_filter(Some(HashMap::new())).build().unwrap()),
        refusal(&ScanInput::builder().set_scan_filter(Some(HashMap::new())).build().unwrap()),
    ];
    let names = [
        "AttributesToGet",
        "Expected",
        "AttributeUpdates",
        "Expected",
        "ConditionalOperator",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
    ];
    assert_eq!(unsupported, names.map(|name| format!("DAX does not support the parameter {name}")));
}

#[test]
fn the_item_of_a_failed_condition_cannot_be_had_outside_transactions() {
    let old = Some(ReturnValuesOnConditionCheckFailure::AllOld);
    let refusals = [
        refusal(
            &PutItemInput::builder()
                .set_return_values_on_condition_check_failure(old.clone())
                .build()
                .unwrap(),
        ),
        refusal(
            &UpdateItemInput::builder()
                .set_return_values_on_condition_check_failure(old.clone())
                .build()
                .unwrap(),
        ),
        refusal(
            &DeleteItemInput::builder().set_return_values_on_condition_check_failure(old).build().unwrap(),
        ),
    ];
    for refusal in refusals {
        assert_eq!(refusal, "DAX does not support the parameter ReturnValuesOnConditionCheckFailure");
    }
}

#[test]
fn refusals_are_the_errors_that_dynamodb_would_answer_with() {
    let refusal = GetItemInput::builder().build().unwrap().encode(&Unasked).map(drop).unwrap_err();
    let error = GetItemError::from_service(&refusal.to_service_error(), None);
    assert_eq!(error.code(), Some("ValidationException"));
    assert_eq!(error.message(), Some(refusal.to_string().as_str()));
}

#[test]
fn what_is_missing_is_named() {
    let get = GetItemInput::builder();
    assert!(refusal(&get.clone().build().unwrap()).contains("'tableName'"));
    assert!(refusal(&get.table_name("flags").build().unwrap()).contains("'key'"));
    let put = PutItemInput::builder().table_name("flags").build().unwrap();
    assert!(refusal(&put).contains("'item'"));
    let query = QueryInput::builder().table_name("flags").build().unwrap();
    assert!(refusal(&query).starts_with("Either the KeyConditions or KeyConditionExpression"));
    let empty = BatchGetItemInput::builder().set_request_items(Some(HashMap::new())).build().unwrap();
    assert!(refusal(&empty).contains("'requestItems'"));
    assert!(refusal(&TransactWriteItemsInput::builder().build().unwrap()).contains("'transactItems'"));
}

#[test]
fn numbers_out_of_range_and_unknown_values_are_refused() {
    let scan = ScanInput::builder().table_name("flags");
    let zero = scan.clone().limit(0).build().unwrap();
    assert!(refusal(&zero).contains("'0' at 'limit'"), "{}", refusal(&zero));
    assert!(refusal(&scan.clone().segment(-1).build().unwrap()).contains("'segment'"));
    let future = scan.return_consumed_capacity(ReturnConsumedCapacity::from("PER_ITEM")).build().unwrap();
    assert_eq!(
        refusal(&future),
        "DAX does not support the value 'PER_ITEM' of the parameter ReturnConsumedCapacity"
    );
}

#[test]
fn expressions_are_checked_before_the_server_is_asked() {
    let get = json!({"TableName": "flags", "Key": {"pk": {"S": "a"}}, "ProjectionExpression": "a,"});
    assert!(refusal(&input::get_item(&get)).starts_with("Invalid ProjectionExpression: Syntax error"));
    let get =
        json!({"TableName": "flags", "Key": {"pk": {"S": "a"}}, "ExpressionAttributeNames": {"#a": "b"}});
    assert_eq!(
        refusal(&input::get_item(&get)),
        "ExpressionAttributeNames can only be specified when using expressions"
    );
    let write = json!({"TransactItems": [{"Update": {
        "TableName": "flags", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET a = :a",
    }}]});
    assert!(refusal(&input::transact_write_items(&write)).ends_with("attribute value: :a"));
}

#[test]
fn batches_have_limits() {
    let key = |number: usize| HashMap::from([("pk".to_owned(), AttributeValue::S(number.to_string()))]);
    let keys = KeysAndAttributes::builder().set_keys(Some((0..=100).map(key).collect())).build().unwrap();
    let get = BatchGetItemInput::builder().request_items("flags", keys).build().unwrap();
    assert!(refusal(&get).ends_with("length less than or equal to 100"));
    let write = json!({"DeleteRequest": {"Key": {"pk": {"S": "a"}}}});
    let write = input::batch_write_item(&json!({"RequestItems": {"flags": vec![write; 26]}}));
    assert!(refusal(&write).ends_with("length less than or equal to 25"));
}

#[test]
fn one_item_may_be_named_once_however_its_key_is_written() {
    let duplicates = "Provided list of item keys contains duplicates";
    let keys = [json!({"id": {"N": "1"}}), json!({"id": {"N": "1.0"}})];
    let get = json!({"RequestItems": {"num": {"Keys": keys}}});
    assert_eq!(late_refusal(&input::batch_get_item(&get)), duplicates);
    let delete = |key| json!({"DeleteRequest": {"Key": key}});
    let write = json!({"RequestItems": {"num": keys.clone().map(delete)}});
    assert_eq!(late_refusal(&input::batch_write_item(&write)), duplicates);
    let delete = |key| json!({"Delete": {"TableName": "num", "Key": key}});
    let write = json!({"TransactItems": keys.map(delete)});
    assert_eq!(late_refusal(&input::transact_write_items(&write)), duplicates);
}

#[test]
fn equal_keys_of_different_tables_are_different_items() {
    let delete = |table| json!({"Delete": {"TableName": table, "Key": {"pk": {"S": "a"}}}});
    let known = {
        let mut known = Fixture::new().known;
        known.schemas.insert("other".to_owned(), known.schemas["flags"].clone());
        known
    };
    let write = json!({"TransactItems": [delete("flags"), delete("other")]});
    assert!(input::transact_write_items(&write).encode(&known).is_ok());
}

#[test]
fn a_part_says_exactly_one_thing_to_do() {
    let both =
        json!({"PutRequest": {"Item": {"pk": {"S": "a"}}}, "DeleteRequest": {"Key": {"pk": {"S": "b"}}}});
    let write = input::batch_write_item(&json!({"RequestItems": {"flags": [both]}}));
    assert!(late_refusal(&write).contains("exactly one of PutRequest or DeleteRequest"));
    let nothing = TransactWriteItem::builder().build();
    let write = TransactWriteItemsInput::builder().transact_items(nothing).build().unwrap();
    assert!(refusal(&write).starts_with("TransactItems can only contain one of"));
}

#[test]
fn a_key_has_the_attributes_of_the_schema_and_no_others() {
    let get = |key| input::get_item(&json!({"TableName": "hist", "Key": key}));
    for key in [json!({"pk": {"S": "a"}}), json!({"pk": {"S": "a"}, "sk": {"N": "1"}})] {
        assert_eq!(late_refusal(&get(key)), "One of the required keys was not given a value");
    }
    let more = json!({"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "1"}});
    assert_eq!(late_refusal(&get(more)), "The provided key element does not match the schema");
}
