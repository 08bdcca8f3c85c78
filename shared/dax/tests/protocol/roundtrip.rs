//! What is written can be read again.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::{Decoder, Encoder, Progress, Scanner};
use dax_client::protocol::item::{NonKeyAttributes, StoredItem};
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
use dax_client::protocol::number::Number;
use dax_client::protocol::value;
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;

/// A canonical number of up to 38 digits.
pub(crate) fn number() -> impl Strategy<Value = String> {
    let limit = 10i128.pow(38);
    (1 - limit..limit, -92..=88i32)
        .prop_map(|(mantissa, exponent)| format!("{mantissa}e{exponent}"))
        .prop_filter_map("in range", |text| Some(Number::parse(&text).ok()?.canonical().to_string()))
}

pub(crate) fn attribute_value() -> impl Strategy<Value = AttributeValue> {
    let text = || "\\PC{0,30}";
    let blob = || vec(any::<u8>(), 0..40).prop_map(Blob::new);
    let leaf = prop_oneof![
        text().prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        any::<i64>().prop_map(|integer| AttributeValue::N(integer.to_string())),
        blob().prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        vec(text(), 1..4).prop_map(AttributeValue::Ss),
        vec(number(), 1..4).prop_map(AttributeValue::Ns),
        vec(blob(), 1..4).prop_map(AttributeValue::Bs),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(AttributeValue::L),
            hash_map(text(), inner, 0..5).prop_map(AttributeValue::M),
        ]
    })
}

fn key_value() -> impl Strategy<Value = (KeyType, AttributeValue)> {
    prop_oneof![
        "\\PC{0,20}".prop_map(|text| (KeyType::Text, AttributeValue::S(text))),
        number().prop_map(|number| (KeyType::Number, AttributeValue::N(number))),
        vec(any::<u8>(), 0..20).prop_map(|bytes| (KeyType::Binary, AttributeValue::B(Blob::new(bytes)))),
    ]
}

fn encoded(value: &AttributeValue) -> Vec<u8> {
    let mut buffer = Vec::new();
    value::encode(&mut Encoder::new(&mut buffer), value).unwrap();
    buffer
}

proptest! {
    #[test]
    fn values(value in attribute_value()) {
        let bytes = encoded(&value);
        let end = Scanner::new(1, bytes.len()).advance(&bytes);
        prop_assert_eq!(end, Ok(Progress::Complete { length: bytes.len() }));
        let mut decoder = Decoder::new(&bytes);
        prop_assert_eq!(value::decode(&mut decoder), Ok(value));
        prop_assert!(decoder.is_at_end());
    }

    #[test]
    fn values_end_where_they_end(value in attribute_value()) {
        let bytes = encoded(&value);
        for length in 0..bytes.len() {
            prop_assert!(value::decode(&mut Decoder::new(&bytes[..length])).is_err());
        }
    }

    #[test]
    fn keys(hash in key_value(), range in prop::option::of(key_value())) {
        let schema = KeySchema {
            hash: KeyAttribute::new("h", hash.0),
            range: range.as_ref().map(|(kind, _)| KeyAttribute::new("r", *kind)),
        };
        let values = [("h", Some(hash.1)), ("r", range.map(|(_, value)| value))];
        let key = values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let mut buffer = Vec::new();
        schema.encode_key(&key, &mut buffer).unwrap();
        prop_assert_eq!(schema.decode_key(&buffer), Ok(key));
    }

    #[test]
    fn items(item in hash_map("[a-z]{1,3}", attribute_value(), 0..6), list in any::<i64>()) {
        let schema = KeySchema { hash: KeyAttribute::new("a", KeyType::Text), range: None };
        let others = NonKeyAttributes::of(&item, &schema);
        let names: Vec<_> = others.names().map(str::to_owned).collect();
        let mut buffer = Vec::new();
        others.encode(list, &mut Encoder::new(&mut buffer)).unwrap();
        let content = Decoder::new(&buffer).bytes().unwrap().into_owned();
        let stored = StoredItem::parse(&content).unwrap();
        prop_assert_eq!(stored.list(), list);
        let expected = item.into_iter().filter(|(name, _)| !schema.contains(name)).collect();
        prop_assert_eq!(stored.attributes(&names), Ok(expected));
    }
}
