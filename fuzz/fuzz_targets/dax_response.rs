//! Responses from anyone, read as responses to every call: refused or read.

#![no_main]

use std::sync::LazyLock;

use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::frame::Response;
use dax_client::protocol::metadata::{
    decode_attribute_list, decode_attribute_list_id, decode_endpoints, decode_key_schema,
    encode_endpoint_list, encode_key_schema,
};
use dax_client::protocol::value;
use libfuzzer_sys::fuzz_target;
use pennon_fuzz::dax::{Call, calls};

static CALLS: LazyLock<Vec<Box<dyn Call>>> = LazyLock::new(calls);

fuzz_target!(|frame: &[u8]| {
    for call in CALLS.iter() {
        call.read(frame);
    }
    let Ok(Response::Results(results)) = Response::parse(frame) else { return };
    assert_metadata_is_kept(&results);
    assert_value_is_kept(results);
});

fn written(write: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut buffer = Vec::new();
    write(&mut Encoder::new(&mut buffer));
    buffer
}

fn assert_metadata_is_kept(results: &Decoder<'_>) {
    let _ = decode_attribute_list(&mut results.clone());
    let _ = decode_attribute_list_id(&mut results.clone());
    if let Ok(schema) = decode_key_schema(&mut results.clone()) {
        let bytes = written(|encoder| encode_key_schema(encoder, &schema));
        assert_eq!(decode_key_schema(&mut Decoder::new(&bytes)), Ok(schema));
    }
    if let Ok(endpoints) = decode_endpoints(&mut results.clone()) {
        let bytes = written(|encoder| encode_endpoint_list(encoder, &endpoints));
        assert_eq!(decode_endpoints(&mut Decoder::new(&bytes)), Ok(endpoints));
    }
}

/// A value that was read can be written and read again, unless the server sent one that DynamoDB does not have.
fn assert_value_is_kept(mut results: Decoder<'_>) {
    let Ok(read) = value::decode(&mut results) else { return };
    let mut buffer = Vec::new();
    if value::encode(&mut Encoder::new(&mut buffer), &read).is_ok() {
        assert_eq!(value::decode(&mut Decoder::new(&buffer)), Ok(read));
    }
}
