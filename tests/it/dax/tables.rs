//! The tables of the cases: `{"<name>": {"schema": [["pk", "S"], ..], "indexes": {..}, "items": [..]}}`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};
use serde_json::Value;

use super::json;

/// Makes the tables, and puts their items.
pub(super) async fn make(dynamodb: &Client, tables: &Value) {
    for (name, table) in tables.as_object().expect("tables") {
        make_table(dynamodb, name, table).await;
        for item in list(&table["items"]) {
            let put = dynamodb.put_item().table_name(name).set_item(json::item(item));
            put.send().await.expect("an item is put");
        }
    }
}

async fn make_table(dynamodb: &Client, name: &str, table: &Value) {
    let schema: Vec<_> = list(&table["schema"]).iter().map(texts).collect();
    let mut types: BTreeMap<_, _> =
        schema.iter().map(|attribute| (attribute[0].clone(), attribute[1].clone())).collect();
    let keys = schema.iter().map(|attribute| attribute[0].clone()).collect();
    let mut create = dynamodb
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(keys)));
    for (index, keys) in table["indexes"].as_object().into_iter().flatten() {
        let keys = texts(keys);
        types.extend(keys.iter().map(|key| (key.clone(), type_of(key, table))));
        create = create.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .set_key_schema(Some(key_schema(keys)))
                .projection(Projection::builder().projection_type(ProjectionType::All).build())
                .build()
                .expect("an index"),
        );
    }
    let types = types.iter().map(|(name, kind)| definition(name, kind)).collect();
    create.set_attribute_definitions(Some(types)).send().await.expect("a table is made");
}

/// The hash key, and the range key if there is one.
fn key_schema(names: Vec<String>) -> Vec<KeySchemaElement> {
    let element = |(name, kind)| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key attribute")
    };
    names.into_iter().zip([KeyType::Hash, KeyType::Range]).map(element).collect()
}

fn definition(name: &str, kind: &str) -> AttributeDefinition {
    let kind = ScalarAttributeType::from(kind);
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().expect("a definition")
}

/// The type that the attribute has in the table's items.
fn type_of(attribute: &str, table: &Value) -> String {
    let value = list(&table["items"]).iter().find_map(|item| item[attribute].as_object());
    value.and_then(|value| value.keys().next()).expect("an item with the attribute").clone()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|text| json::text(text).expect("text")).collect()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}
