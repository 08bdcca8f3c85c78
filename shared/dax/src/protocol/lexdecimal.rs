//! Lexicographic decimals: numeric sort keys as bytes whose order is the order of the numbers.
//!
//! Zero is one byte. Any other number is written 0.D1D2..Dp × 10^e, and becomes a header that tells its sign and `e`,
//! then symbols of ten bits: one for each three digits, and one that ends them and says how many of the last three are
//! padding. For negative numbers everything is reversed, so that the larger magnitude comes first.

use super::cbor::DecodeError;
use super::number::Number;

const ZERO: u8 = 0x80;
const NEGATIVE_ZERO: u8 = 0x7f;
/// The exponents that fit the header's only byte.
const SHORT_EXPONENTS: std::ops::RangeInclusive<i32> = -62..=61;
const MALFORMED: DecodeError = DecodeError::Malformed("a numeric sort key");

/// Appends `number`, with the digits that it was written with: `1` and `1.0` differ in their last bytes.
pub fn encode(number: &Number, buffer: &mut Vec<u8>) {
    if number.is_zero() {
        buffer.push(ZERO);
        return;
    }
    let digits = number.digits().as_bytes();
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    encode_header(number.is_negative(), number.exponent().saturating_add(length), buffer);

    let mut symbols = Symbols { buffer, pending: 0, bits: 0 };
    let directed = |symbol: u16| if number.is_negative() { 1023 - symbol } else { symbol };
    let mut padding = 0;
    for group in digits.chunks(3) {
        padding = 3 - u16::try_from(group.len()).unwrap_or(3);
        let digits = group.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
        symbols.push(directed(12 + digits * 10u16.pow(u32::from(padding))));
    }
    symbols.push(directed(2 - padding));
    symbols.finish();
}

/// Reads a number that takes the whole of `bytes`.
pub fn decode(bytes: &[u8]) -> Result<Number, DecodeError> {
    if let [ZERO | NEGATIVE_ZERO] = bytes {
        return Number::new(false, String::new(), None).map_err(|_| MALFORMED);
    }
    let (negative, exponent, symbols) = decode_header(bytes).ok_or(MALFORMED)?;
    let digits = decode_digits(symbols, negative).ok_or(MALFORMED)?;
    let exponent = i64::from(exponent) - i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let exponent = Some(exponent).filter(|&exponent| exponent != 0);
    Number::new(negative, digits, exponent).map_err(|_| DecodeError::OutOfRange { at: bytes.len() })
}

fn encode_header(negative: bool, exponent: i32, buffer: &mut Vec<u8>) {
    if SHORT_EXPONENTS.contains(&exponent) {
        let header = if negative { 0x3f - exponent } else { 0xc0 + exponent };
        buffer.push(u8::try_from(header).unwrap_or_default());
        return;
    }
    let bits = exponent.cast_unsigned();
    let (header, bits) = match (negative, exponent > 0) {
        (false, true) => (0xfe, bits ^ 0x8000_0000),
        (false, false) => (0x81, bits ^ 0x8000_0000),
        (true, true) => (0x01, bits ^ 0x7fff_ffff),
        (true, false) => (0x7e, bits ^ 0x7fff_ffff),
    };
    buffer.push(header);
    buffer.extend_from_slice(&bits.to_be_bytes());
}

/// Sign, exponent, and what follows them.
fn decode_header(bytes: &[u8]) -> Option<(bool, i32, &[u8])> {
    let (&header, rest) = bytes.split_first()?;
    let (negative, long) = match header {
        0x02..=0x7d => return Some((true, 0x3f - i32::from(header), rest)),
        0x82..=0xfd => return Some((false, i32::from(header) - 0xc0, rest)),
        0x01 | 0x7e => (true, 0x7fff_ffff),
        0x81 | 0xfe => (false, 0x8000_0000),
        _ => return None,
    };
    let (exponent, rest) = rest.split_first_chunk()?;
    Some((negative, (u32::from_be_bytes(*exponent) ^ long).cast_signed(), rest))
}

fn decode_digits(bytes: &[u8], negative: bool) -> Option<String> {
    let mut digits = String::with_capacity(bytes.len() * 3);
    let mut bytes = bytes.iter();
    let (mut pending, mut bits) = (0u32, 0);
    loop {
        while bits < 10 {
            pending = (pending << 8) | u32::from(*bytes.next()?);
            bits += 8;
        }
        bits -= 10;
        let symbol = (pending >> bits) & 0x3ff;
        pending &= (1 << bits) - 1;
        match if negative { 1023 - symbol } else { symbol } {
            end @ 0..=2 if pending == 0 && bytes.len() == 0 => {
                let padding = usize::try_from(2 - end).unwrap_or_default();
                digits.truncate(digits.len().checked_sub(padding)?);
                return Some(digits);
            }
            group @ 12..=1011 => digits.extend(three_digits(group - 12)),
            _ => return None,
        }
    }
}

fn three_digits(group: u32) -> impl Iterator<Item = char> {
    [100, 10, 1].into_iter().filter_map(move |place| char::from_digit(group / place % 10, 10))
}

/// Symbols of ten bits, the most significant bit first.
struct Symbols<'a> {
    buffer: &'a mut Vec<u8>,
    pending: u32,
    bits: u32,
}

impl Symbols<'_> {
    fn push(&mut self, symbol: u16) {
        self.pending = (self.pending << 10) | u32::from(symbol);
        self.bits += 10;
        while self.bits >= 8 {
            self.bits -= 8;
            self.buffer.push(u8::try_from((self.pending >> self.bits) & 0xff).unwrap_or_default());
        }
        self.pending &= (1 << self.bits) - 1;
    }

    /// Fills the last byte with zeros.
    fn finish(mut self) {
        if self.bits > 0 {
            self.pending <<= 8 - self.bits;
            self.bits = 8;
            self.buffer.push(u8::try_from(self.pending & 0xff).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_number_has_is_refused() {
        let refused: [&[u8]; 13] = [
            &[],
            &[0x00],
            &[0xff],
            &[0x80, 0x00],
            &[0xc1],
            &[0xc1, 0x1c],
            &[0xc1, 0x1c, 0x00],
            &[0xc1, 0x1c, 0x00, 0x00, 0x00],
            &[0xc1, 0x1c, 0x00, 0x01],
            &[0xc1, 0x01, 0x40, 0x20],
            &[0xfe, 0x80, 0x00],
            &[0xfe, 0xff, 0xff, 0xff, 0xff, 0x1c, 0x00, 0x00],
            &[0xc1, 0x00, 0x00],
        ];
        for bytes in refused {
            assert!(decode(bytes).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn both_zeros_are_zero() {
        for bytes in [[0x80], [0x7f]] {
            assert_eq!(decode(&bytes).unwrap().to_string(), "0");
        }
    }
}
