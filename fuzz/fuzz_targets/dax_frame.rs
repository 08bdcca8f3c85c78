//! Responses that arrive in pieces, from anyone: they end where they end when they arrive at once, or fail as well.
//!
//! The first byte is how many results there are, the second how large the pieces; the rest is what arrives.

#![no_main]

use dax_client::protocol::cbor::{DecodeError, Progress};
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [results, size, bytes @ ..] = input else { return };
    let (results, size) = (u64::from(*results % 4), usize::from(*size) + 1);
    let scan = |limit| FrameScanner::new(results, limit).advance(bytes);
    let whole = scan(MAX_RESPONSE);
    assert_eq!(in_pieces(bytes, results, size), whole, "pieces make no difference");

    match whole {
        Ok(Progress::Complete { length }) => {
            assert!(length <= bytes.len());
            assert_eq!(scan(length), whole, "it is no longer than it is");
            if length > 0 {
                assert_eq!(scan(length - 1), Err(DecodeError::TooLong { limit: length - 1 }));
            }
            assert_is_read(&bytes[..length], results);
        }
        Ok(Progress::Incomplete { missing }) => assert!(missing > 0, "it waits for something"),
        Err(_) => {}
    }
});

/// How far the scan gets over everything before it ends or fails. A failure in the middle is one of the whole.
fn in_pieces(bytes: &[u8], results: u64, size: usize) -> Result<Progress, DecodeError> {
    let mut scanner = FrameScanner::new(results, MAX_RESPONSE);
    let mut length = 0;
    loop {
        length = bytes.len().min(length + size);
        match scanner.advance(&bytes[..length]) {
            Ok(Progress::Incomplete { .. }) if length < bytes.len() => {}
            progress => return progress,
        }
    }
}

/// A frame is as many values as it has results, and its errors can be read unless they are of another form.
fn assert_is_read(frame: &[u8], results: u64) {
    let Ok(Response::Results(mut decoder)) = Response::parse(frame) else { return };
    for _ in 0..results {
        decoder.skip().expect("what was scanned can be skipped");
    }
    assert!(decoder.is_at_end(), "nothing is left");
}
