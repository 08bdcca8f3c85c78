//! Finding where a response ends, and what kind of response it is.
//!
//! A response has no length. It begins with a status: an array of error codes. If that is empty, the results of the
//! method follow, else a message and details.

use super::cbor::{DecodeError, Decoder, Progress, Scanner};
use super::error::ServiceError;

/// The longest response that is accepted unless something else is said, in bytes.
///
/// The largest that DynamoDB gives are 16 MB of `BatchGetItem`; the names of attributes are not even among them here.
pub const MAX_RESPONSE: usize = 32 << 20;

/// Two values follow the codes of an error.
const ERROR_VALUES: u64 = 2;

/// Looks for the end of one response, over bytes that arrive in pieces. It never looks at a byte twice.
///
/// ```
/// # use dax_client::protocol::cbor::{DecodeError, Progress};
/// # use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE};
/// # fn main() -> Result<(), DecodeError> {
/// let mut scanner = FrameScanner::new(1, MAX_RESPONSE);
/// assert_eq!(scanner.advance(&[0x80])?, Progress::Incomplete { missing: 1 });
/// assert_eq!(scanner.advance(&[0x80, 0xf6])?, Progress::Complete { length: 2 });
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FrameScanner {
    scanner: Scanner,
    results: u64,
    status_is_known: bool,
}

/// What a whole response says.
#[derive(Debug)]
pub enum Response<'a> {
    /// The results come next from this decoder.
    Results(Decoder<'a>),
    /// The server refuses.
    Error(ServiceError),
}

impl FrameScanner {
    /// Looks for the end of a response with so many [results](super::method::Method::results), of at most `limit` bytes.
    pub fn new(results: u64, limit: usize) -> Self {
        Self { scanner: Scanner::new(1, limit), results, status_is_known: false }
    }

    /// Looks on. `bytes` must begin with those of the last call.
    ///
    /// After an error the rest of the connection makes no sense. Neither does it if bytes follow a complete response:
    /// nobody asked for them.
    pub fn advance(&mut self, bytes: &[u8]) -> Result<Progress, DecodeError> {
        let progress = self.scanner.advance(bytes)?;
        if self.status_is_known || matches!(progress, Progress::Incomplete { .. }) {
            return Ok(progress);
        }
        let success = take_status(&mut Decoder::new(bytes))?;
        self.status_is_known = true;
        self.scanner.expect(if success { self.results } else { ERROR_VALUES });
        self.scanner.advance(bytes)
    }
}

impl<'a> Response<'a> {
    /// Reads the beginning of a response that is complete.
    pub fn parse(frame: &'a [u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(frame);
        if take_status(&mut decoder)? {
            return Ok(Self::Results(decoder));
        }
        let mut decoder = Decoder::new(frame);
        let error = ServiceError::decode(&mut decoder)?;
        decoder.finish()?;
        Ok(Self::Error(error))
    }
}

/// Whether the status is an empty array. If it is not, the position of the decoder is not specified.
fn take_status(decoder: &mut Decoder<'_>) -> Result<bool, DecodeError> {
    let mut codes = decoder.array()?;
    Ok(!codes.next(decoder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(results: u64, bytes: &[u8]) -> Result<Progress, DecodeError> {
        FrameScanner::new(results, 100).advance(bytes)
    }

    #[test]
    fn a_success_has_the_results_of_its_method() {
        assert_eq!(scan(1, &[0x80, 0xf6]), Ok(Progress::Complete { length: 2 }));
        assert_eq!(scan(2, &[0x80, 0xf6]), Ok(Progress::Incomplete { missing: 1 }));
        assert_eq!(scan(0, &[0x80]), Ok(Progress::Complete { length: 1 }));
        assert_eq!(scan(1, &[0x9f, 0xff, 0xf6]), Ok(Progress::Complete { length: 3 }));
    }

    #[test]
    fn an_error_has_a_message_and_details_whatever_the_method() {
        for results in 0..4 {
            assert_eq!(scan(results, &[0x81, 0x04, 0x60, 0xf6]), Ok(Progress::Complete { length: 4 }));
            assert_eq!(scan(results, &[0x81, 0x04, 0x60]), Ok(Progress::Incomplete { missing: 1 }));
        }
    }

    #[test]
    fn what_follows_a_response_is_not_part_of_it() {
        assert_eq!(scan(1, &[0x80, 0xf6, 0xff, 0xff]), Ok(Progress::Complete { length: 2 }));
    }

    #[test]
    fn a_response_that_does_not_begin_with_a_status_is_refused_at_once() {
        assert!(matches!(scan(1, &[0xf6]), Err(DecodeError::Unexpected { .. })));
        assert!(matches!(scan(1, &[0xff]), Err(DecodeError::Invalid { .. })));
    }

    #[test]
    fn the_limit_is_for_the_whole_response() {
        let frame = |length: u8| [&[0x80, 0x58, length][..], &vec![0; length.into()]].concat();
        assert_eq!(scan(1, &frame(97)), Ok(Progress::Complete { length: 100 }));
        assert_eq!(scan(1, &frame(98)), Err(DecodeError::TooLong { limit: 100 }));
    }

    #[test]
    fn results_and_errors_are_told_apart() {
        let Ok(Response::Results(mut results)) = Response::parse(&[0x80, 0x07]) else { panic!("a success") };
        assert_eq!(results.int(), Ok(7));
        let Ok(Response::Error(error)) = Response::parse(&[0x81, 0x04, 0x61, b'm', 0xf6]) else {
            panic!("an error")
        };
        assert_eq!((error.codes.as_slice(), error.message.as_str()), (&[4][..], "m"));
        let more = Response::parse(&[0x81, 0x04, 0x61, b'm', 0xf6, 0x00]);
        assert!(matches!(more, Err(DecodeError::TrailingBytes { at: 5 })));
    }
}
