//! Where responses end, however they arrive.

use dax_client::protocol::cbor::{DecodeError, Encoder, Progress};
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use dax_client::protocol::method::Method;
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors::{calls, unhex};

const QUIRKS: &str = include_str!("../../vectors/response-quirks-input.json");

fn scanner(method: Method) -> FrameScanner {
    FrameScanner::new(method.results().unwrap(), MAX_RESPONSE)
}

#[test]
fn responses_end_at_their_last_byte_and_not_before() {
    let mut methods = Vec::new();
    for call in calls().iter().filter(|call| !call.is_cut) {
        methods.push(call.method);
        let (case, response) = (&call.case, &call.response);
        let complete = Ok(Progress::Complete { length: response.len() });
        let mut resumed = scanner(call.method);
        for length in 0..response.len() {
            let progress = scanner(call.method).advance(&response[..length]);
            let Ok(Progress::Incomplete { missing: missing @ 1.. }) = progress else {
                panic!("{case}: {length} of {} bytes: {progress:?}", response.len())
            };
            assert!(length + missing <= response.len(), "{case}: it does not wait for more than there is");
            assert_eq!(resumed.advance(&response[..length]), progress, "{case}: resumed");
        }
        assert_eq!(resumed.advance(response), complete, "{case}");
        let more = [response, &[0x80][..]].concat();
        assert_eq!(scanner(call.method).advance(&more), complete, "{case}: and more");
    }
    assert!(methods.len() > 150);
    for method in Method::ALL.into_iter().filter(|method| method.results().is_some()) {
        assert!(methods.contains(&method), "{method:?} is among the cases");
    }
}

#[test]
fn a_response_that_was_cut_is_waited_for() {
    let cut: Vec<_> = calls().iter().filter(|call| call.is_cut && call.response.len() < 6).collect();
    assert!(!cut.is_empty());
    for call in cut {
        let progress = scanner(call.method).advance(&call.response);
        assert!(matches!(progress, Ok(Progress::Incomplete { .. })), "{call:?}: {progress:?}");
    }
}

#[test]
fn errors_are_read_and_written_again_to_the_byte() {
    let mut names = Vec::new();
    for call in calls().iter().filter(|call| !call.is_cut) {
        let Ok(Response::Error(error)) = Response::parse(&call.response) else { continue };
        names.extend(error.name().map(str::to_owned));
        if call.response.last() == Some(&0xf6) {
            let plain =
                ServiceError { request_id: None, error_code: None, http_status: None, ..error.clone() };
            assert_eq!(error, plain, "{}: null says nothing", call.case);
            continue;
        }
        let mut buffer = Vec::new();
        error.encode(&mut Encoder::new(&mut buffer));
        assert_eq!(buffer, call.response, "{}", call.case);
    }
    names.sort_unstable();
    names.dedup();
    let expected = [
        "ConditionalCheckFailedException",
        "InternalServerError",
        "ResourceNotFoundException",
        "ThrottlingException",
        "TransactionCanceledException",
        "UnrecognizedClientException",
        "ValidationException",
    ];
    assert_eq!(names, expected);
}

#[test]
fn odd_responses_end_as_well() {
    let rows: Vec<Value> = serde_json::from_str(QUIRKS).unwrap();
    assert_eq!(rows.len(), 11);
    for row in rows {
        let (name, operation) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        let response = unhex(row[3].as_str().unwrap());
        let method = Method::ALL.into_iter().find(|method| format!("{method:?}") == operation).unwrap();
        let expected = if name == "batchget_no_trailing_capacity" {
            Progress::Incomplete { missing: 1 }
        } else {
            Progress::Complete { length: response.len() }
        };
        assert_eq!(scanner(method).advance(&response), Ok(expected), "{name}");
    }
}

#[test]
fn a_response_may_be_as_long_as_the_limit() {
    for call in calls().iter().filter(|call| !call.is_cut) {
        let results = call.method.results().unwrap();
        let (response, length) = (&call.response, call.response.len());
        let exact = FrameScanner::new(results, length).advance(response);
        assert_eq!(exact, Ok(Progress::Complete { length }), "{}", call.case);
        let short = FrameScanner::new(results, length - 1).advance(response);
        assert_eq!(short, Err(DecodeError::TooLong { limit: length - 1 }), "{}", call.case);
    }
}

proptest! {
    #[test]
    fn pieces_may_be_of_any_size(
        at in any::<prop::sample::Index>(),
        sizes in prop::collection::vec(1usize..40, 1..50),
    ) {
        let call = at.get(calls());
        let whole = scanner(call.method).advance(&call.response);
        let (mut resumed, mut length, mut sizes) = (scanner(call.method), 0, sizes.into_iter().cycle());
        let progress = loop {
            length = (length + sizes.next().unwrap()).min(call.response.len());
            let progress = resumed.advance(&call.response[..length]);
            if length == call.response.len() {
                break progress;
            }
            let waits = matches!(progress, Ok(Progress::Incomplete { .. }));
            prop_assert!(waits, "{progress:?}");
        };
        prop_assert_eq!(progress, whole);
    }
}
