//! Bytes from anyone: refused or read, but never a panic, and never more memory than they justify.

use std::sync::LazyLock;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use dax_client::protocol::cbor::{Decoder, MAX_DEPTH, Progress, Scanner};
use dax_client::protocol::error::{OperationError, ServiceError};
use dax_client::protocol::expression::{DocumentPath, PathStep};
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use dax_client::protocol::item::{StoredItem, decode_projected};
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType, decode_compound};
use dax_client::protocol::number::Number;
use dax_client::protocol::preamble::Preamble;
use dax_client::protocol::{lexdecimal, metadata, value};
use proptest::prelude::*;

use crate::vectors::{bytes, calls, frames};

/// Reads the bytes as everything that they could be.
fn read_as_everything(bytes: &[u8]) {
    let decoder = || Decoder::new(bytes);
    let _ = value::decode(&mut decoder());
    let _ = Number::decode(&mut decoder());
    let _ = lexdecimal::decode(bytes);
    let _ = decode_compound(bytes);
    let _ = metadata::decode_endpoints(&mut decoder());
    let _ = metadata::decode_key_schema(&mut decoder());
    let _ = metadata::decode_attribute_list_id(&mut decoder());
    let _ = metadata::decode_attribute_list(&mut decoder());
    let _ = Preamble::decode(&mut decoder());
    let _ = decoder().skip();
    let _ = decoder().float();
    if let Ok(error) = ServiceError::decode(&mut decoder()) {
        assert!(!error.codes.is_empty());
        let _ = (error.retry(true), error.retry(false), error.status(), error.to_string());
        let _ = TransactWriteItemsError::from_service(&error, None);
    }
    read_as_item(bytes);
    read_as_key(bytes);
    read_as_frame(bytes);
}

fn read_as_item(bytes: &[u8]) {
    let names = ["a", "b", "c"].map(str::to_owned);
    if let Ok(item) = StoredItem::parse(bytes) {
        let _ = item.clone().attributes(&names);
        let _ = item.updated_attributes(&names);
    }
    let path = |root: &str, steps: &[PathStep]| DocumentPath { root: root.to_owned(), steps: steps.to_vec() };
    let paths =
        [path("a", &[]), path("b", &[PathStep::Index(1)]), path("b", &[PathStep::Member("c".to_owned())])];
    let _ = decode_projected(&mut Decoder::new(bytes), &paths);
}

fn read_as_key(bytes: &[u8]) {
    let kinds = [KeyType::Text, KeyType::Number, KeyType::Binary];
    for hash in kinds {
        for range in kinds.map(Some).into_iter().chain([None]) {
            let range = range.map(|kind| KeyAttribute::new("r", kind));
            let schema = KeySchema { hash: KeyAttribute::new("h", hash), range };
            let Ok(key) = schema.decode_key(bytes) else { continue };
            let mut buffer = Vec::new();
            schema.encode_key(&key, &mut buffer).expect("what was read is a key");
            assert_eq!(schema.decode_key(&buffer).map(|key| key.len()), Ok(key.len()));
        }
    }
}

fn read_as_frame(bytes: &[u8]) {
    for results in 0..=3 {
        let whole = FrameScanner::new(results, MAX_RESPONSE).advance(bytes);
        let mut resumed = FrameScanner::new(results, MAX_RESPONSE);
        let last = (0..=bytes.len()).map(|length| resumed.advance(&bytes[..length]));
        let last = last.take_while(|progress| matches!(progress, Ok(Progress::Incomplete { .. }))).count();
        match whole {
            Ok(Progress::Complete { length }) => {
                assert_eq!(last, length, "one byte at a time it ends at the same byte");
                let _ = Response::parse(&bytes[..length]);
            }
            Ok(Progress::Incomplete { missing }) => {
                assert!(missing > 0);
                assert_eq!(last, bytes.len() + 1, "one byte at a time it does not end either");
            }
            Err(_) => assert!(last <= bytes.len(), "one byte at a time it fails as well"),
        }
    }
    let _ = Response::parse(bytes);
}

/// Everything that was captured: requests and responses.
static CAPTURED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let responses = calls().iter().flat_map(|call| [call.request.clone(), call.response.clone()]);
    let preambles = frames("preamble").into_iter().map(|(_, frame)| bytes(&frame, "request_hex"));
    responses.chain(preambles).collect()
});

#[test]
fn truncations_of_everything_captured_are_refused_or_read() {
    for bytes in CAPTURED.iter() {
        for length in 0..bytes.len() {
            read_as_everything(&bytes[..length]);
            read_as_everything(&bytes[length..]);
        }
    }
}

#[test]
fn no_depth_overflows_the_stack() {
    for begin in [
        &[0x81][..],
        &[0x9f],
        &[0xa1, 0x61, b'k'],
        &[0xbf, 0x61, b'k'],
        &[0xc1],
        &[0xc4, 0x82],
        &[0xd9, 0x0c, 0xf9],
    ] {
        for depth in [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 100_000] {
            let bytes = begin.repeat(depth);
            let _ = value::decode(&mut Decoder::new(&bytes));
            let _ = Scanner::new(1, usize::MAX).advance(&bytes);
            let _ = Decoder::new(&bytes).skip();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }

    /// Heads are rare among random bytes; here they are not.
    #[test]
    fn random_heads_are_refused_or_read(
        bytes in prop::collection::vec(prop::sample::select(HEADS), 0..100),
    ) {
        read_as_everything(&bytes);
    }

    #[test]
    fn mutations_of_everything_captured_are_refused_or_read(
        at in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let mut bytes = at.get(&CAPTURED).clone();
        for (place, byte, change) in changes {
            if bytes.is_empty() {
                break;
            }
            let place = place.index(bytes.len());
            match change {
                0 => bytes[place] = byte,
                1 => bytes[place] ^= 1 << (byte % 8),
                2 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        read_as_everything(&bytes);
    }
}

const HEADS: &[u8] = &[
    0x00, 0x01, 0x18, 0x1a, 0x20, 0x38, 0x40, 0x41, 0x5f, 0x60, 0x61, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x9f,
    0xa0, 0xa1, 0xa2, 0xbf, 0xc2, 0xc3, 0xc4, 0xd9, 0x0c, 0xf9, 0xfa, 0xfb, 0xf4, 0xf5, 0xf6, 0xf7, 0xff,
];
