//! DynamoDB's numbers: decimals of up to 38 significant digits, which travel as integers or as decimal fractions.
//!
//! A number keeps the form in which it was written: `1.0` and `1` are the same to DynamoDB, but not the same bytes to
//! DAX. In keys that would make two items of one, so keys use the [canonical](Number::canonical) form.

mod bignum;

use std::fmt;

use super::cbor::{DecodeError, Decoder, Encoder, Type, tag};

/// The most significant digits that DynamoDB keeps.
pub const MAX_SIGNIFICANT_DIGITS: usize = 38;

/// The power of ten of the first digit of the largest number, 9.99..E+125.
pub const MAX_EXPONENT: i64 = 125;

/// The power of ten of the first digit of the smallest number, 1E-130.
pub const MIN_EXPONENT: i64 = -130;

/// The digits of the longest integer. What is longer has zeros behind the point, or an exponent.
const MAX_DIGITS: usize = 126;

/// A decimal as it was written, without leading zeros and without the sign of zero.
///
/// Two numbers are equal if they are written alike; compare the canonical forms to compare the values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// ASCII digits: `0`, or without leading zeros.
    digits: String,
    /// The value is digits × 10^exponent. `None` if written without a point and without an exponent.
    exponent: Option<i32>,
}

/// A text that is no number of DynamoDB's. The messages are DynamoDB's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// Not a decimal.
    #[error("The parameter cannot be converted to a numeric value: {0}")]
    Syntax(String),
    /// More than [`MAX_SIGNIFICANT_DIGITS`].
    #[error("Attempting to store more than 38 significant digits in a Number")]
    TooManyDigits,
    /// Beyond [`MAX_EXPONENT`].
    #[error("Number overflow. Attempting to store a number with magnitude larger than supported range")]
    Overflow,
    /// Nearer to zero than [`MIN_EXPONENT`] allows.
    #[error("Number underflow. Attempting to store a number with magnitude smaller than supported range")]
    Underflow,
}

impl Number {
    /// Reads a decimal, with or without sign, point and exponent: `-12`, `0.5`, `1.5E10`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let syntax = || NumberError::Syntax(text.to_owned());
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (decimal, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((decimal, exponent)) => (decimal, Some(parse_exponent(exponent).ok_or_else(syntax)?)),
            None => (unsigned, None),
        };
        let (whole, fraction) = match decimal.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (decimal, None),
        };
        let digits = [whole, fraction.unwrap_or_default()].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(syntax());
        }
        let places = i64::try_from(fraction.unwrap_or_default().len()).unwrap_or(i64::MAX);
        let written_plainly = fraction.is_none() && exponent.is_none();
        let exponent = (!written_plainly).then(|| exponent.unwrap_or(0).saturating_sub(places));
        Self::new(negative, digits, exponent)
    }

    /// digits × 10^exponent, from ASCII digits that may begin with zeros.
    pub(crate) fn new(
        negative: bool,
        mut digits: String,
        exponent: Option<i64>,
    ) -> Result<Self, NumberError> {
        let zeros = digits.bytes().take_while(|&digit| digit == b'0').count();
        digits.drain(..zeros);
        if digits.is_empty() {
            let exponent = exponent.map(|exponent| exponent.clamp(MIN_EXPONENT, MAX_EXPONENT));
            return Ok(Self { negative: false, digits: "0".to_owned(), exponent: exponent.map(small) });
        }
        if digits.trim_end_matches('0').len() > MAX_SIGNIFICANT_DIGITS {
            return Err(NumberError::TooManyDigits);
        }
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let first = exponent.unwrap_or(0).saturating_add(length - 1);
        if first > MAX_EXPONENT {
            return Err(NumberError::Overflow);
        }
        if first < MIN_EXPONENT {
            return Err(NumberError::Underflow);
        }
        let number = Self { negative, digits, exponent: exponent.map(small) };
        Ok(if number.digits.len() > MAX_DIGITS { number.without_trailing_zeros() } else { number })
    }

    /// The one form of its value: no exponent, and no zeros that say nothing.
    #[must_use]
    pub fn canonical(self) -> Self {
        if self.is_zero() {
            return Self { exponent: None, ..self };
        }
        let mut number = self.without_trailing_zeros();
        if let Some(zeros) = number.exponent.and_then(|exponent| usize::try_from(exponent).ok()) {
            number.digits.extend(std::iter::repeat_n('0', zeros));
            number.exponent = None;
        }
        number
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    /// Whether it is less than zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The digits, of which the first is not zero unless the number is.
    pub(crate) fn digits(&self) -> &str {
        &self.digits
    }

    /// The power of ten that the digits are multiplied by.
    pub(crate) fn exponent(&self) -> i32 {
        self.exponent.unwrap_or(0)
    }

    /// Writes an integer if the number was written as one, else a decimal fraction.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        if let Some(exponent) = self.exponent {
            encoder.tag(tag::DECIMAL).array(2).int(i64::from(exponent));
        }
        bignum::encode_integer(encoder, self.negative, &self.digits);
    }

    /// Reads an integer of any length, a decimal fraction, or a float.
    pub fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let result = match decoder.peek()? {
            Type::Float => Self::parse(&decoder.float_as_decimal()?),
            Type::Tag => Self::decode_tagged(decoder)?,
            _ => {
                let (negative, digits) = bignum::decode_integer(decoder)?;
                Self::new(negative, digits, None)
            }
        };
        result.map_err(|_| DecodeError::OutOfRange { at: decoder.position() })
    }

    fn decode_tagged(decoder: &mut Decoder<'_>) -> Result<Result<Self, NumberError>, DecodeError> {
        let mut content = decoder.clone();
        if content.tag()? != tag::DECIMAL {
            let (negative, digits) = bignum::decode_integer(decoder)?;
            return Ok(Self::new(negative, digits, None));
        }
        *decoder = content;
        decoder.tuple(2, |decoder| {
            let exponent = decoder.int()?;
            let (negative, digits) = bignum::decode_integer(decoder)?;
            Ok(Self::new(negative, digits, Some(exponent)))
        })
    }

    fn without_trailing_zeros(mut self) -> Self {
        let kept = self.digits.trim_end_matches('0').len();
        let zeros = i32::try_from(self.digits.len() - kept).unwrap_or(i32::MAX);
        self.digits.truncate(kept);
        self.exponent = Some(self.exponent().saturating_add(zeros));
        self
    }
}

impl fmt::Display for Number {
    /// Without an exponent, and with the zeros that it was written with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let exponent = self.exponent();
        if exponent >= 0 {
            let zeros = if self.is_zero() { 0 } else { usize::try_from(exponent).unwrap_or_default() };
            return write!(f, "{}{:0<zeros$}", self.digits, "");
        }
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
        match self.digits.len().checked_sub(places).filter(|&whole| whole > 0) {
            Some(whole) => {
                let (whole, fraction) = self.digits.split_at_checked(whole).unwrap_or_default();
                write!(f, "{whole}.{fraction}")
            }
            None => write!(f, "0.{:0>places$}", self.digits),
        }
    }
}

/// An exponent: an integer whose digits may be many, as long as it is one. Its range is checked later.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// An exponent whose range was checked.
fn small(exponent: i64) -> i32 {
    i32::try_from(exponent).unwrap_or_default()
}

#[cfg(test)]
mod tests;
