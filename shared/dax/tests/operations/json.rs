//! The API's JSON, as the recorded cases have it, and the SDK's types.
//!
//! Binary values are written `"hex:00ff"`. Numbers are compared as numbers, for the clients write `1` or `1.0`.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(crate) fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|map| map.iter().next()).expect("{\"S\": ..}");
    let list = || value.as_array().expect("a list");
    match kind.as_str() {
        "S" => AttributeValue::S(text(value).unwrap()),
        "N" => AttributeValue::N(text(value).unwrap()),
        "B" => AttributeValue::B(blob(value)),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(value.as_bool().unwrap()),
        "L" => AttributeValue::L(list().iter().map(attribute).collect()),
        "M" => AttributeValue::M(item(value).unwrap()),
        "SS" => AttributeValue::Ss(list().iter().map(|v| text(v).unwrap()).collect()),
        "NS" => AttributeValue::Ns(list().iter().map(|v| text(v).unwrap()).collect()),
        "BS" => AttributeValue::Bs(list().iter().map(blob).collect()),
        other => panic!("no attribute value: {other}"),
    }
}

pub(crate) fn item(value: &Value) -> Option<Item> {
    Some(value.as_object()?.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
}

pub(crate) fn names(value: &Value) -> Option<HashMap<String, String>> {
    Some(value.as_object()?.iter().map(|(key, name)| (key.clone(), text(name).unwrap())).collect())
}

fn blob(value: &Value) -> Blob {
    Blob::new(unhex(value.as_str().and_then(|text| text.strip_prefix("hex:")).expect("\"hex:..\"")))
}

pub(crate) fn attribute_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::B(blob) => json!({"B": blob_json(blob)}),
        AttributeValue::Bool(value) => json!({"BOOL": value}),
        AttributeValue::Null(is_null) => json!({"NULL": is_null}),
        AttributeValue::L(list) => json!({"L": list.iter().map(attribute_json).collect::<Vec<_>>()}),
        AttributeValue::M(map) => json!({"M": item_json(map)}),
        AttributeValue::Ss(set) => json!({"SS": set}),
        AttributeValue::Ns(set) => json!({"NS": set}),
        AttributeValue::Bs(set) => json!({"BS": set.iter().map(blob_json).collect::<Vec<_>>()}),
        other => panic!("no such value in the cases: {other:?}"),
    }
}

pub(crate) fn item_json(item: &Item) -> Value {
    Value::Object(item.iter().map(|(name, value)| (name.clone(), attribute_json(value))).collect())
}

fn blob_json(blob: &Blob) -> String {
    format!("hex:{}", hex(blob.as_ref()))
}

/// An object of the members that have a value.
pub(crate) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

/// The value with every number as a float.
pub(crate) fn with_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(list) => list.iter().map(with_floats).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), with_floats(value))).collect())
        }
        other => other.clone(),
    }
}
