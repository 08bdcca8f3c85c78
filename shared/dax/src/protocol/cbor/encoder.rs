//! Writing.

/// Appends values to a buffer.
///
/// It checks nothing: an array must be followed by as many values as were announced.
#[derive(Debug)]
pub struct Encoder<'a> {
    buffer: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Appends to what `buffer` holds.
    pub fn new(buffer: &'a mut Vec<u8>) -> Self {
        Self { buffer }
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.unsigned(value),
            Err(_) => self.negative(value.unsigned_abs() - 1),
        }
    }

    /// An integer that is not negative.
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(0, value)
    }

    /// The integer -1 - `value`.
    pub fn negative(&mut self, value: u64) -> &mut Self {
        self.head(1, value)
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(2, length(bytes.len())).raw(bytes)
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, length(text.len())).raw(text.as_bytes())
    }

    /// The head of an array: `count` values must follow.
    pub fn array(&mut self, count: usize) -> &mut Self {
        self.head(4, length(count))
    }

    /// The head of a map: `count` pairs of key and value must follow.
    pub fn map(&mut self, count: usize) -> &mut Self {
        self.head(5, length(count))
    }

    /// The head of a map without a length: pairs must follow, then [`end`](Self::end).
    pub fn begin_map(&mut self) -> &mut Self {
        self.raw(&[0xbf])
    }

    /// The head of an array without a length: values must follow, then [`end`](Self::end).
    pub fn begin_array(&mut self) -> &mut Self {
        self.raw(&[0x9f])
    }

    /// The end of a map or array without a length.
    pub fn end(&mut self) -> &mut Self {
        self.raw(&[0xff])
    }

    /// A tag: the value that it is about must follow.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        self.head(6, tag)
    }

    /// `true` or `false`.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { &[0xf5] } else { &[0xf4] })
    }

    /// `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw(&[0xf6])
    }

    /// A float of 64 bits.
    pub fn float(&mut self, value: f64) -> &mut Self {
        self.raw(&[0xfb]).raw(&value.to_be_bytes())
    }

    /// A byte string whose content `write` encodes.
    ///
    /// After an error the buffer is as it was before.
    pub fn nested<E>(
        &mut self,
        write: impl FnOnce(&mut Encoder<'_>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        let mut content = Vec::new();
        write(&mut Encoder::new(&mut content))?;
        Ok(self.bytes(&content))
    }

    /// Bytes that are encoded already.
    pub fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(encoded);
        self
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        if let Ok(argument) = u8::try_from(argument) {
            return match argument {
                0..24 => self.raw(&[major + argument]),
                _ => self.raw(&[major + 24, argument]),
            };
        }
        if let Ok(argument) = u16::try_from(argument) {
            return self.raw(&[major + 25]).raw(&argument.to_be_bytes());
        }
        match u32::try_from(argument) {
            Ok(argument) => self.raw(&[major + 26]).raw(&argument.to_be_bytes()),
            Err(_) => self.raw(&[major + 27]).raw(&argument.to_be_bytes()),
        }
    }
}

/// A length in memory as a length on the wire: no target has a `usize` wider than 64 bits.
fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_short_as_they_can_be() {
        let cases: [(i64, &[u8]); 12] = [
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 0x01, 0x00]),
            (65_535, &[0x19, 0xff, 0xff]),
            (65_536, &[0x1a, 0, 1, 0, 0]),
            (4_294_967_296, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
            (-1, &[0x20]),
            (-24, &[0x37]),
            (-25, &[0x38, 0x18]),
            (i64::MIN, &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (value, bytes) in cases {
            let mut buffer = Vec::new();
            Encoder::new(&mut buffer).int(value);
            assert_eq!(buffer, bytes, "{value}");
        }
    }

    #[test]
    fn nothing_is_left_of_a_nested_string_that_failed() {
        let mut buffer = vec![1];
        let mut encoder = Encoder::new(&mut buffer);
        let mut nest = |result: Result<(), &'static str>| {
            encoder.nested(|inner| {
                inner.int(5);
                result
            })?;
            Ok::<_, &str>(())
        };
        assert_eq!(nest(Err("no")), Err("no"));
        assert_eq!(nest(Ok(())), Ok(()));
        assert_eq!(buffer, [1, 0x41, 0x05]);
    }
}
