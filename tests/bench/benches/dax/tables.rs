//! The items that are read.

use aws_sdk_dynamodb::{
    Client,
    primitives::Blob,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    },
};
use serde_json::{Value, json};

pub(crate) const NAME: &str = "items";
/// How large the value of an item is.
pub(crate) const ITEM_SIZE: usize = 1_000;

/// The key of an item as the API's JSON.
pub(crate) fn key(number: usize) -> Value {
    json!({"pk": {"S": text(number)}})
}

/// Makes the table, and that many items in it: a flag each, packed.
pub(crate) fn make(dynamodb: &Client, items: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
        let string = AttributeDefinition::builder()
            .attribute_name("pk")
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap();
        let table = dynamodb.create_table().table_name(NAME).billing_mode(BillingMode::PayPerRequest);
        table.key_schema(key).attribute_definitions(string).send().await.unwrap();
        for number in 0..items {
            let put = dynamodb.put_item().table_name(NAME).item("pk", AttributeValue::S(text(number)));
            put.item("version", AttributeValue::N(number.to_string()))
                .item("enabled", AttributeValue::Bool(true))
                .item("body", AttributeValue::B(Blob::new(vec![7; ITEM_SIZE])))
                .send()
                .await
                .unwrap();
        }
    });
}

fn text(number: usize) -> String {
    format!("flag#{number:03}")
}
