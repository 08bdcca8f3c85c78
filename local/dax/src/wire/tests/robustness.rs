//! Whatever arrives, nothing panics, and nothing is read past its end.

use std::sync::Arc;

use dax_client::protocol::cbor::Progress;
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::method::Method;
use proptest::prelude::*;
use serde_json::Value;

use super::super::expression::{Placeholders, decode_projection};
use super::super::{Call, CallScanner, Data, read_call};
use super::fixture::cases;
use super::json::unhex;
use super::{LIMIT, fixture};

/// Knows every table and every list.
struct Everything;

impl Metadata for Everything {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        let range = table.len().is_multiple_of(2).then(|| KeyAttribute::new("sk", KeyType::Number));
        Some(Arc::new(KeySchema { hash: KeyAttribute::new("pk", KeyType::Text), range }))
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        i64::try_from(names.len()).ok()
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        Some((0..id % 5).map(|name| name.to_string()).collect())
    }
}

fn recorded() -> Vec<Vec<u8>> {
    let fixture = fixture();
    let frames = cases(&fixture.python).iter().chain(cases(&fixture.node));
    let frames = frames.flat_map(|case| case["frames"].as_array().unwrap());
    let hex = |frame: &Value| unhex(frame["request_hex"].as_str().unwrap());
    frames.filter(|frame| frame["kind"] != "preamble").map(hex).collect()
}

fn decode(call: Call) {
    if let Call::Data(data) = call {
        drop(data.decode(&Everything));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_understood(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for method in Method::ALL {
            drop(Data { method, arguments: bytes.clone() }.decode(&Everything));
        }
        drop(Placeholders::default().condition(Some(&bytes)));
        drop(Placeholders::default().update(Some(&bytes)));
        drop(decode_projection(&bytes));
        CallScanner::new(LIMIT).advance(&bytes).ok();
        if let Ok(call) = read_call(&bytes) {
            decode(call);
        }
    }
}

#[test]
fn recorded_calls_with_a_byte_changed_or_missing_are_refused_or_understood() {
    for frame in recorded() {
        for at in 0..frame.len() {
            for byte in [0x00, 0x80, 0x9f, 0xa1, 0xbf, 0xf6, 0xff, frame[at] ^ 1, frame[at].wrapping_add(1)] {
                let mut changed = frame.clone();
                changed[at] = byte;
                if let Ok(Progress::Complete { length }) = CallScanner::new(LIMIT).advance(&changed) {
                    read_call(&changed[..length]).map(decode).ok();
                }
            }
            let cut = &frame[..at];
            assert!(!matches!(CallScanner::new(LIMIT).advance(cut), Ok(Progress::Complete { .. })));
            read_call(cut).map(decode).ok();
        }
    }
}
