//! Integers of any length, between decimal digits and bytes.

use super::super::cbor::{DecodeError, Decoder, Encoder, Type, tag};

/// 10^126 takes 53 bytes: what is longer is out of DynamoDB's range.
const MAX_BYTES: usize = 53;

/// Writes the integer with these decimal digits: as an integer if 64 bits are enough for it, else as a bignum.
pub(super) fn encode_integer(encoder: &mut Encoder<'_>, negative: bool, digits: &str) {
    // A negative integer n is written as -1 - n.
    let magnitude = if negative { minus_one(to_bytes(digits)) } else { to_bytes(digits) };
    let short = magnitude.len() <= size_of::<u64>();
    let value = magnitude.iter().fold(0u64, |value, &byte| (value << 8) | u64::from(byte));
    match (short, negative) {
        (true, false) => encoder.unsigned(value),
        (true, true) => encoder.negative(value),
        (false, false) => encoder.tag(tag::POSITIVE_BIGNUM).bytes(&magnitude),
        (false, true) => encoder.tag(tag::NEGATIVE_BIGNUM).bytes(&magnitude),
    };
}

/// Reads an integer or bignum: whether it is negative, and its decimal digits.
pub(super) fn decode_integer(decoder: &mut Decoder<'_>) -> Result<(bool, String), DecodeError> {
    if decoder.peek()? != Type::Tag {
        let value = decoder.integer()?;
        return Ok((value < 0, value.unsigned_abs().to_string()));
    }
    let negative = match decoder.tag()? {
        tag::POSITIVE_BIGNUM => false,
        tag::NEGATIVE_BIGNUM => true,
        _ => return Err(DecodeError::Malformed("the tag of a number")),
    };
    let bytes = decoder.bytes()?;
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let magnitude = bytes.get(zeros..).unwrap_or_default();
    if magnitude.len() > MAX_BYTES {
        return Err(DecodeError::OutOfRange { at: decoder.position() });
    }
    Ok((negative, to_digits(magnitude, u32::from(negative))))
}

/// Decimal digits as bytes, most significant first, without leading zeros.
fn to_bytes(digits: &str) -> Vec<u8> {
    if let Ok(value) = digits.parse::<u128>() {
        return without_leading_zeros(&value.to_be_bytes());
    }
    let mut reversed: Vec<u8> = Vec::with_capacity(MAX_BYTES);
    for digit in digits.bytes() {
        let mut carry = u32::from(digit.wrapping_sub(b'0'));
        multiply_and_add(&mut reversed, 10, 256, &mut carry);
    }
    reversed.reverse();
    reversed
}

/// Bytes, most significant first, plus `carry` as decimal digits.
fn to_digits(bytes: &[u8], carry: u32) -> String {
    let mut reversed: Vec<u8> = vec![0];
    for &byte in bytes {
        multiply_and_add(&mut reversed, 256, 10, &mut u32::from(byte));
    }
    multiply_and_add(&mut reversed, 1, 10, &mut { carry });
    let digits = reversed.iter().rev().map(|&digit| char::from(b'0' + digit));
    digits.collect()
}

/// Multiplies a number and adds `carry`. The number is in places of `base`, the least significant first.
fn multiply_and_add(places: &mut Vec<u8>, factor: u32, base: u32, carry: &mut u32) {
    for place in places.iter_mut() {
        *carry += u32::from(*place) * factor;
        *place = low_place(*carry, base);
        *carry /= base;
    }
    while *carry > 0 {
        places.push(low_place(*carry, base));
        *carry /= base;
    }
}

/// The lowest place. No base is larger than 256.
fn low_place(value: u32, base: u32) -> u8 {
    u8::try_from(value % base).unwrap_or_default()
}

/// A number less one; zero stays zero.
fn minus_one(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in bytes.iter_mut().rev() {
        let (less, borrow) = byte.overflowing_sub(1);
        *byte = less;
        if !borrow {
            break;
        }
    }
    without_leading_zeros(&bytes)
}

fn without_leading_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|&byte| byte == 0).collect()
}
