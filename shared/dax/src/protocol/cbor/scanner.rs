//! Finding where values end, without reading what they say.

use super::head::Head;
use super::{DecodeError, MAX_DEPTH};

/// Looks for the end of a number of values, over bytes that arrive in pieces.
///
/// It never looks at a byte twice, so the pieces may be as small as they like.
#[derive(Debug)]
pub struct Scanner {
    /// Arrays, maps, tags and strings that have begun. The first entry is what was asked for.
    open: Vec<Open>,
    /// Everything before it was looked at. May be past the end of what has arrived: inside a string.
    position: usize,
    limit: usize,
}

/// How far the scan got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The values take the first `length` bytes.
    Complete {
        /// In bytes.
        length: usize,
    },
    /// The bytes end too early.
    Incomplete {
        /// At least so many more bytes are needed; never zero.
        missing: usize,
    },
}

/// Something that has begun.
#[derive(Debug, Clone, Copy)]
enum Open {
    /// So many values are missing.
    Counted(u64),
    /// Values until a break.
    Array,
    /// Pairs until a break. In the middle of one?
    Map { in_pair: bool },
    /// Pieces until a break.
    Bytes,
    /// Pieces until a break.
    Text,
}

impl Scanner {
    /// Looks for the end of `count` values, which may take at most `limit` bytes.
    pub fn new(count: u64, limit: usize) -> Self {
        let mut scanner = Self { open: Vec::new(), position: 0, limit };
        scanner.expect(count);
        scanner
    }

    /// After the values that were asked for, looks for the end of `count` more.
    pub fn expect(&mut self, count: u64) {
        if count > 0 {
            self.open.insert(0, Open::Counted(count));
        }
    }

    /// Looks on. `bytes` must begin with those of the last call.
    ///
    /// After an error the scan cannot go on.
    pub fn advance(&mut self, bytes: &[u8]) -> Result<Progress, DecodeError> {
        loop {
            let Some(rest) = bytes.get(self.position..) else {
                return Ok(Progress::Incomplete { missing: self.position - bytes.len() });
            };
            let Some(&open) = self.open.last() else {
                return Ok(Progress::Complete { length: self.position });
            };
            match Head::read(rest, self.position) {
                Ok((head, length)) => self.take(open, head, length)?,
                Err(DecodeError::Incomplete) if bytes.len() >= self.limit => return Err(self.too_long()),
                Err(DecodeError::Incomplete) => return Ok(Progress::Incomplete { missing: 1 }),
                Err(error) => return Err(error),
            }
        }
    }

    fn take(&mut self, open: Open, head: Head, length: usize) -> Result<(), DecodeError> {
        let at = self.position;
        self.skip(length)?;
        match (open, head) {
            (Open::Bytes, Head::Bytes(Some(length))) | (Open::Text, Head::Text(Some(length))) => {
                self.skip_string(length)
            }
            (Open::Array | Open::Bytes | Open::Text | Open::Map { in_pair: false }, Head::Break) => {
                self.open.pop();
                self.end_value();
                Ok(())
            }
            (Open::Bytes | Open::Text, _) | (_, Head::Break) => Err(DecodeError::Invalid { at }),
            (Open::Counted(_) | Open::Array | Open::Map { .. }, head) => self.take_value(head),
        }
    }

    fn take_value(&mut self, head: Head) -> Result<(), DecodeError> {
        match head {
            Head::Bytes(Some(length)) | Head::Text(Some(length)) => {
                self.skip_string(length)?;
                self.end_value();
                Ok(())
            }
            Head::Bytes(None) => self.begin(Open::Bytes),
            Head::Text(None) => self.begin(Open::Text),
            Head::Array(Some(count)) => self.begin_counted(count, 1),
            Head::Array(None) => self.begin(Open::Array),
            Head::Map(Some(count)) => self.begin_counted(count, 2),
            Head::Map(None) => self.begin(Open::Map { in_pair: false }),
            Head::Tag(_) => self.begin(Open::Counted(1)),
            _ => {
                self.end_value();
                Ok(())
            }
        }
    }

    /// `count` times `values` values: each takes a byte or more, so a count that cannot fit is refused at once.
    fn begin_counted(&mut self, count: u64, values: u64) -> Result<(), DecodeError> {
        let room = u64::try_from(self.limit - self.position).unwrap_or(u64::MAX);
        match count.checked_mul(values) {
            Some(0) => {
                self.end_value();
                Ok(())
            }
            Some(count) if count <= room => self.begin(Open::Counted(count)),
            _ => Err(self.too_long()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), DecodeError> {
        if self.open.len() > MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.open.push(open);
        Ok(())
    }

    /// Counts a value that has ended, and with it those that end where it does.
    fn end_value(&mut self) {
        while let Some(open) = self.open.last_mut() {
            match open {
                Open::Counted(count) if *count > 1 => {
                    *count -= 1;
                    return;
                }
                Open::Counted(_) => drop(self.open.pop()),
                Open::Map { in_pair } => {
                    *in_pair = !*in_pair;
                    return;
                }
                Open::Array | Open::Bytes | Open::Text => return,
            }
        }
    }

    fn skip_string(&mut self, length: u64) -> Result<(), DecodeError> {
        self.skip(usize::try_from(length).map_err(|_| self.too_long())?)
    }

    fn skip(&mut self, length: usize) -> Result<(), DecodeError> {
        match self.position.checked_add(length) {
            Some(position) if position <= self.limit => {
                self.position = position;
                Ok(())
            }
            _ => Err(self.too_long()),
        }
    }

    fn too_long(&self) -> DecodeError {
        DecodeError::TooLong { limit: self.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(bytes: &[u8]) -> Result<Progress, DecodeError> {
        Scanner::new(1, 1000).advance(bytes)
    }

    #[test]
    fn values_of_every_shape_end_where_they_end() {
        let values: [&[u8]; 14] = [
            &[0x00],
            &[0x80],
            &[0xa0],
            &[0xf6],
            &[0xf8, 0xff],
            &[0x42, 1, 2],
            &[0x5f, 0x41, 1, 0x40, 0xff],
            &[0x7f, 0x61, b'a', 0xff],
            &[0x82, 0x81, 0x00, 0x80],
            &[0x9f, 0x9f, 0xff, 0x00, 0xff],
            &[0xa1, 0x00, 0x81, 0x01],
            &[0xbf, 0x00, 0xbf, 0xff, 0x01, 0xc1, 0x02, 0xff],
            &[0xc4, 0x82, 0x20, 0x0a],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
        ];
        for value in values {
            assert_eq!(scan(value), Ok(Progress::Complete { length: value.len() }), "{value:02x?}");
            for length in 0..value.len() {
                let progress = scan(&value[..length]);
                assert!(
                    matches!(progress, Ok(Progress::Incomplete { missing: 1.. })),
                    "{value:02x?} {length}"
                );
            }
        }
    }

    #[test]
    fn breaks_belong_to_what_goes_on_until_one() {
        for bytes in
            [&[0xff][..], &[0x81, 0xff], &[0xbf, 0x00, 0xff], &[0x9f, 0xc1, 0xff], &[0xa1, 0x00, 0xff]]
        {
            assert!(matches!(scan(bytes), Err(DecodeError::Invalid { .. })), "{bytes:02x?}");
        }
    }

    #[test]
    fn strings_in_pieces_have_pieces_of_their_own_type_and_of_known_length() {
        for bytes in [&[0x5f, 0x60, 0xff][..], &[0x7f, 0x40, 0xff], &[0x5f, 0x5f], &[0x7f, 0x00]] {
            assert!(matches!(scan(bytes), Err(DecodeError::Invalid { .. })), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_cannot_fit_is_refused_before_it_arrives() {
        let too_long = Err(DecodeError::TooLong { limit: 1000 });
        assert_eq!(scan(&[0x59, 0x03, 0xe6]), too_long, "a string");
        assert_eq!(
            scan(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            too_long,
            "an endless string"
        );
        assert_eq!(scan(&[0x99, 0x03, 0xe6]), too_long, "an array");
        assert_eq!(scan(&[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), too_long, "a map");
        assert_eq!(scan(&[0x9f; 1]), Ok(Progress::Incomplete { missing: 1 }));
        let mut endless = vec![0x00; 1000];
        endless[0] = 0x9f;
        assert_eq!(scan(&endless), too_long, "an array without a length");
        assert_eq!(scan(&[0x59, 0x03, 0xe5]), Ok(Progress::Incomplete { missing: 997 }), "just fits");
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth| [vec![0x81; depth], vec![0x00]].concat();
        assert!(matches!(scan(&nested(MAX_DEPTH)), Ok(Progress::Complete { .. })));
        assert_eq!(scan(&nested(MAX_DEPTH + 1)), Err(DecodeError::TooDeep));
        assert_eq!(scan(&[0xc1; MAX_DEPTH + 1]), Err(DecodeError::TooDeep), "tags nest as well");
    }

    #[test]
    fn more_values_may_be_expected_after_the_first() {
        let mut scanner = Scanner::new(1, 10);
        assert_eq!(scanner.advance(&[0x80]), Ok(Progress::Complete { length: 1 }));
        scanner.expect(2);
        assert_eq!(scanner.advance(&[0x80, 0x01]), Ok(Progress::Incomplete { missing: 1 }));
        assert_eq!(scanner.advance(&[0x80, 0x01, 0x02, 0x03]), Ok(Progress::Complete { length: 3 }));
    }
}
