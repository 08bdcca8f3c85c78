//! Reading.

use std::borrow::Cow;

use super::head::{Head, Type};
use super::scanner::{Progress, Scanner};

/// Bytes that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before the value does: more of them may help.
    #[error("the bytes end inside a value")]
    Incomplete,
    /// A value of another type than the protocol has there.
    #[error("{found} at byte {at} where {expected} belongs")]
    Unexpected {
        /// What the protocol has there.
        expected: &'static str,
        /// What is there.
        found: Type,
        /// Where.
        at: usize,
    },
    /// Not CBOR.
    #[error("byte {at} begins no value")]
    Invalid {
        /// Where.
        at: usize,
    },
    /// A text that is not UTF-8.
    #[error("the text at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Where.
        at: usize,
    },
    /// An integer that does not fit, or a number that DynamoDB cannot hold.
    #[error("the number before byte {at} is out of range")]
    OutOfRange {
        /// Where.
        at: usize,
    },
    /// Nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("values are nested deeper than {max} levels", max = super::MAX_DEPTH)]
    TooDeep,
    /// Longer than the reader accepts.
    #[error("the value is longer than {limit} bytes")]
    TooLong {
        /// What the reader accepts, in bytes.
        limit: usize,
    },
    /// Bytes are left where the value should have ended.
    #[error("bytes are left over from byte {at}")]
    TrailingBytes {
        /// Where they begin.
        at: usize,
    },
    /// Well-formed CBOR that makes no sense where it is.
    #[error("{0} is malformed")]
    Malformed(&'static str),
}

/// Takes values from the beginning of a slice, one after another.
///
/// After an error its position is not specified.
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    /// Reads from the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bytes were taken.
    pub fn position(&self) -> usize {
        self.position
    }

    /// What was not taken yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// Whether everything was taken.
    pub fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Fails with [`DecodeError::TrailingBytes`] if something is left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.is_at_end() { Ok(()) } else { Err(DecodeError::TrailingBytes { at: self.position }) }
    }

    /// What comes next; takes nothing.
    pub fn peek(&self) -> Result<Type, DecodeError> {
        Head::read(self.rest(), self.position).map(|(head, _)| head.kind())
    }

    /// An integer.
    pub fn int(&mut self) -> Result<i64, DecodeError> {
        let integer = self.integer()?;
        i64::try_from(integer).map_err(|_| DecodeError::OutOfRange { at: self.position })
    }

    /// An integer of the whole range of CBOR: from -2^64 to 2^64 - 1.
    pub fn integer(&mut self) -> Result<i128, DecodeError> {
        match self.head()? {
            Head::Unsigned(value) => Ok(i128::from(value)),
            Head::Negative(value) => Ok(-1 - i128::from(value)),
            head => Err(self.unexpected("an integer", head)),
        }
    }

    /// An integer that is not negative.
    pub fn unsigned(&mut self) -> Result<u64, DecodeError> {
        match self.head()? {
            Head::Unsigned(value) => Ok(value),
            head => Err(self.unexpected("an unsigned integer", head)),
        }
    }

    /// An integer or a float, as a float.
    pub fn float(&mut self) -> Result<f64, DecodeError> {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
        match self.head()? {
            Head::Unsigned(value) => Ok(value as f64),
            Head::Negative(value) => Ok(-1.0 - value as f64),
            Head::Single(value) => Ok(f64::from(value)),
            Head::Double(value) => Ok(value),
            head => Err(self.unexpected("a number", head)),
        }
    }

    /// A float as the shortest decimal that reads as the same float.
    pub(crate) fn float_as_decimal(&mut self) -> Result<String, DecodeError> {
        match self.head()? {
            Head::Single(value) if value.is_finite() => Ok(value.to_string()),
            Head::Double(value) if value.is_finite() => Ok(value.to_string()),
            Head::Single(_) | Head::Double(_) => Err(DecodeError::OutOfRange { at: self.position }),
            head => Err(self.unexpected("a float", head)),
        }
    }

    /// A byte string; borrowed, unless it comes in pieces.
    pub fn bytes(&mut self) -> Result<Cow<'a, [u8]>, DecodeError> {
        match self.head()? {
            Head::Bytes(Some(length)) => self.take(length).map(Cow::Borrowed),
            Head::Bytes(None) => self.chunks().map(Cow::Owned),
            head => Err(self.unexpected("a byte string", head)),
        }
    }

    /// A text; borrowed, unless it comes in pieces.
    pub fn text(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let at = self.position;
        let not_utf8 = DecodeError::NotUtf8 { at };
        match self.head()? {
            Head::Text(Some(length)) => {
                str::from_utf8(self.take(length)?).map(Cow::Borrowed).map_err(|_| not_utf8)
            }
            Head::Text(None) => self.text_chunks().map(Cow::Owned),
            head => Err(self.unexpected("a text", head)),
        }
    }

    /// `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.head()? {
            Head::Bool(value) => Ok(value),
            head => Err(self.unexpected("a boolean", head)),
        }
    }

    /// `null`, or else what `read` makes of the value.
    pub fn optional<T, E: From<DecodeError>>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if self.take_null()? { Ok(None) } else { read(self).map(Some) }
    }

    /// Takes the next value if it is `null`, and says whether it was.
    pub fn take_null(&mut self) -> Result<bool, DecodeError> {
        let is_null = self.peek()? == Type::Null;
        if is_null {
            self.position += 1;
        }
        Ok(is_null)
    }

    /// A tag; its value comes next.
    pub fn tag(&mut self) -> Result<u64, DecodeError> {
        match self.head()? {
            Head::Tag(tag) => Ok(tag),
            head => Err(self.unexpected("a tag", head)),
        }
    }

    /// The head of an array; its values come next.
    pub fn array(&mut self) -> Result<Items, DecodeError> {
        match self.head()? {
            Head::Array(count) => Ok(Items { remaining: count }),
            head => Err(self.unexpected("an array", head)),
        }
    }

    /// An array of exactly `count` values, which `read` must all take.
    pub fn tuple<T, E: From<DecodeError>>(
        &mut self,
        count: u64,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let items = self.array()?;
        if items.remaining.is_some_and(|found| found != count) {
            return Err(DecodeError::Malformed("the length of an array").into());
        }
        let result = read(self)?;
        if items.remaining.is_none() {
            self.take_break()?;
        }
        Ok(result)
    }

    /// The head of a map; its keys and values come next, in turns.
    pub fn map(&mut self) -> Result<Items, DecodeError> {
        match self.head()? {
            Head::Map(count) => Ok(Items { remaining: count }),
            head => Err(self.unexpected("a map", head)),
        }
    }

    /// Takes one value, whatever it is.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        self.skip_encoded().map(drop)
    }

    /// Takes one value, whatever it is, and gives its bytes.
    pub fn skip_encoded(&mut self) -> Result<&'a [u8], DecodeError> {
        match Scanner::new(1, usize::MAX).advance(self.rest())? {
            Progress::Complete { length } => self.take_slice(length),
            Progress::Incomplete { .. } => Err(DecodeError::Incomplete),
        }
    }

    fn head(&mut self) -> Result<Head, DecodeError> {
        let (head, length) = Head::read(self.rest(), self.position)?;
        self.position += length;
        Ok(head)
    }

    fn unexpected(&self, expected: &'static str, found: Head) -> DecodeError {
        DecodeError::Unexpected { expected, found: found.kind(), at: self.position.saturating_sub(1) }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], DecodeError> {
        self.take_slice(usize::try_from(length).map_err(|_| DecodeError::Incomplete)?)
    }

    fn take_slice(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let taken = self.rest().get(..length).ok_or(DecodeError::Incomplete)?;
        self.position += length;
        Ok(taken)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, DecodeError> {
        let mut whole = Vec::new();
        loop {
            match self.head()? {
                Head::Bytes(Some(length)) => whole.extend_from_slice(self.take(length)?),
                Head::Break => return Ok(whole),
                head => return Err(self.unexpected("a piece of a byte string", head)),
            }
        }
    }

    fn text_chunks(&mut self) -> Result<String, DecodeError> {
        let mut whole = String::new();
        loop {
            let at = self.position;
            match self.head()? {
                Head::Text(Some(length)) => {
                    let piece =
                        str::from_utf8(self.take(length)?).map_err(|_| DecodeError::NotUtf8 { at })?;
                    whole.push_str(piece);
                }
                Head::Break => return Ok(whole),
                head => return Err(self.unexpected("a piece of a text", head)),
            }
        }
    }

    fn take_break(&mut self) -> Result<(), DecodeError> {
        match self.head()? {
            Head::Break => Ok(()),
            head => Err(self.unexpected("a break", head)),
        }
    }
}

/// What is still to come of an array or map, whether it was announced with a length or not.
///
/// ```
/// # use dax_client::protocol::cbor::{DecodeError, Decoder};
/// # fn main() -> Result<(), DecodeError> {
/// let mut decoder = Decoder::new(&[0x9f, 1, 2, 0xff]);
/// let mut items = decoder.array()?;
/// let mut numbers = Vec::with_capacity(items.capacity());
/// while items.next(&mut decoder)? {
///     numbers.push(decoder.int()?);
/// }
/// assert_eq!(numbers, [1, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Items {
    remaining: Option<u64>,
}

impl Items {
    /// How many entries a collection for them should have room for: their number, unless it is not known or suspicious.
    pub fn capacity(&self) -> usize {
        self.remaining.unwrap_or(0).min(1024).try_into().unwrap_or_default()
    }

    /// Whether another value (of a map, another key) comes next, which then must be taken from the same decoder.
    pub fn next(&mut self, decoder: &mut Decoder<'_>) -> Result<bool, DecodeError> {
        match &mut self.remaining {
            Some(0) => Ok(false),
            Some(remaining) => {
                *remaining -= 1;
                Ok(true)
            }
            None if decoder.peek()? == Type::Break => {
                decoder.position += 1;
                self.remaining = Some(0);
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_need_not_be_minimal() {
        for bytes in
            [&[0x07][..], &[0x18, 7], &[0x19, 0, 7], &[0x1a, 0, 0, 0, 7], &[0x1b, 0, 0, 0, 0, 0, 0, 0, 7]]
        {
            assert_eq!(Decoder::new(bytes).int(), Ok(7));
        }
        let lowest = [0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Decoder::new(&lowest).integer(), Ok(-(1 << 64)));
        assert_eq!(Decoder::new(&lowest).int(), Err(DecodeError::OutOfRange { at: 9 }));
    }

    #[test]
    fn every_number_is_a_float() {
        let floats: [(&[u8], f64); 5] = [
            (&[0x02], 2.0),
            (&[0x21], -2.0),
            (&[0xf9, 0x3e, 0x00], 1.5),
            (&[0xfa, 0x3f, 0xc0, 0, 0], 1.5),
            (&[0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5),
        ];
        for (bytes, float) in floats {
            assert_eq!(Decoder::new(bytes).float().map(f64::to_bits), Ok(float.to_bits()));
        }
    }

    #[test]
    fn strings_in_pieces_are_put_together() {
        assert_eq!(Decoder::new(&[0x5f, 0x41, 1, 0x42, 2, 3, 0xff]).bytes(), Ok(vec![1, 2, 3].into()));
        assert_eq!(Decoder::new(&[0x7f, 0x61, b'a', 0x61, b'b', 0xff]).text(), Ok("ab".into()));
        let split_character = [0x7f, 0x61, 0xc3, 0x61, 0xa9, 0xff];
        assert_eq!(Decoder::new(&split_character).text(), Err(DecodeError::NotUtf8 { at: 1 }));
    }

    #[test]
    fn tuples_have_their_length_with_or_without_a_head_that_says_so() {
        let pair = |bytes: &[u8]| {
            let mut decoder = Decoder::new(bytes);
            let pair = decoder.tuple(2, |decoder| Ok::<_, DecodeError>((decoder.int()?, decoder.int()?)))?;
            decoder.finish().map(|()| pair)
        };
        assert_eq!(pair(&[0x82, 1, 2]), Ok((1, 2)));
        assert_eq!(pair(&[0x9f, 1, 2, 0xff]), Ok((1, 2)));
        assert_eq!(pair(&[0x83, 1, 2, 3]), Err(DecodeError::Malformed("the length of an array")));
        assert!(matches!(pair(&[0x9f, 1, 2, 3, 0xff]), Err(DecodeError::Unexpected { .. })));
        assert!(matches!(pair(&[0x9f, 1, 0xff]), Err(DecodeError::Unexpected { .. })));
    }

    #[test]
    fn an_error_says_what_is_where() {
        let mut decoder = Decoder::new(&[0x01, 0x61, b'a']);
        assert_eq!(decoder.int(), Ok(1));
        let error = decoder.int().unwrap_err();
        assert_eq!(error.to_string(), "a text at byte 1 where an integer belongs");
    }

    #[test]
    fn a_count_that_lies_reserves_little() {
        let items = Decoder::new(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).array().unwrap();
        assert_eq!(items.capacity(), 1024);
    }
}
