//! The calls that are not about items.

use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::frame::Response;
use dax_client::protocol::metadata::{
    Role, decode_attribute_list, decode_attribute_list_id, decode_endpoints, decode_key_schema,
    encode_attribute_list, encode_define_attribute_list, encode_define_attribute_list_id,
    encode_define_key_schema, encode_endpoint_list, encode_endpoints, encode_key_schema,
};
use dax_client::protocol::method::Method;
use serde_json::Value;

use crate::vectors::{Call, calls};

const TABLES: &str = include_str!("../../vectors/cases-and-tables.json");

fn written(write: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut buffer = Vec::new();
    write(&mut Encoder::new(&mut buffer));
    buffer
}

/// The calls of a method that succeeded, each with what the request says after the method.
fn succeeded(method: Method) -> Vec<(&'static Call, Vec<u8>)> {
    let calls = calls().iter().filter(|call| call.method == method && call.response[0] == 0x80);
    let calls: Vec<_> = calls
        .map(|call| {
            let mut decoder = Decoder::new(&call.request);
            assert_eq!((decoder.unsigned(), decoder.int()), (Ok(1), Ok(method.id())));
            let arguments = decoder.rest().to_vec();
            (call, arguments)
        })
        .collect();
    assert!(!calls.is_empty(), "{method:?} is among the cases");
    calls
}

/// What the results are, and their bytes.
fn results<T>(call: &Call, read: impl FnOnce(&mut Decoder<'_>) -> T) -> (T, &[u8]) {
    let Response::Results(mut decoder) = Response::parse(&call.response).unwrap() else {
        panic!("{}: an error", call.case)
    };
    let encoded = decoder.rest();
    let value = read(&mut decoder);
    assert!(decoder.is_at_end(), "{}", call.case);
    (value, encoded)
}

#[test]
fn nodes_of_the_cluster() {
    for (call, _) in succeeded(Method::Endpoints) {
        assert_eq!(written(encode_endpoints), call.request);
        let (endpoints, encoded) = results(call, |decoder| decode_endpoints(decoder).unwrap());
        let [node] = endpoints.as_slice() else { panic!("{endpoints:?}") };
        assert_eq!(node.address.to_string(), "127.0.0.1");
        assert_eq!(node.hostname.as_deref(), Some("fake-a.local"));
        assert_eq!(node.availability_zone.as_deref(), Some("us-east-1a"));
        assert_eq!(node.role, Role::Leader);
        assert_eq!(written(|encoder| encode_endpoint_list(encoder, &endpoints)), encoded);
    }
}

#[test]
fn keys_of_tables() {
    let tables: Value = serde_json::from_str(TABLES).unwrap();
    for (call, arguments) in succeeded(Method::DefineKeySchema) {
        let table = String::from_utf8(Decoder::new(&arguments).bytes().unwrap().into_owned()).unwrap();
        assert_eq!(written(|encoder| encode_define_key_schema(encoder, &table)), call.request);
        let (schema, encoded) = results(call, |decoder| decode_key_schema(decoder).unwrap());
        let pairs: Vec<_> = schema
            .attributes()
            .map(|attribute| serde_json::json!([attribute.name, attribute.kind.as_str()]))
            .collect();
        assert_eq!(Value::from(pairs), tables["tables"][&table]["schema"], "{table}");
        assert_eq!(written(|encoder| encode_key_schema(encoder, &schema)), encoded);
    }
}

#[test]
fn lists_of_attribute_names() {
    for (call, arguments) in succeeded(Method::DefineAttributeList) {
        let id = Decoder::new(&arguments).int().unwrap();
        assert_eq!(written(|encoder| encode_define_attribute_list(encoder, id)), call.request);
        let (names, encoded) = results(call, |decoder| decode_attribute_list(decoder).unwrap());
        let rewritten = written(|encoder| encode_attribute_list(encoder, names.iter().map(String::as_str)));
        assert_eq!(rewritten, encoded);
    }
    for (call, arguments) in succeeded(Method::DefineAttributeListId) {
        let names = decode_attribute_list(&mut Decoder::new(&arguments)).unwrap();
        assert!(names.is_sorted(), "{names:?}");
        let names = names.iter().map(String::as_str);
        assert_eq!(written(|encoder| encode_define_attribute_list_id(encoder, names)), call.request);
        let (id, _) = results(call, |decoder| decode_attribute_list_id(decoder).unwrap());
        assert!(id > 1000, "{id}");
    }
}
