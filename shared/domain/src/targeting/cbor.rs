//! Deterministic CBOR (RFC 8949, section 4.2.1) of a value: what the third bucketing generation hashes.
//!
//! As the flagd ADR "fractional: non-string random units" has it, a whole number between -2^63 and 2^64-1 is an integer
//! however it was written, so that `1.0` and `1` fall into one bucket.

use datalogic_rs::{DataValue, bumpalo::collections::Vec as Bytes, datavalue::NumberValue};

const UNSIGNED: u8 = 0 << 5;
const NEGATIVE: u8 = 1 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;
/// How many bytes of argument follow a head.
const ONE_BYTE: u8 = 0x18;
const TWO_BYTES: u8 = 0x19;
const FOUR_BYTES: u8 = 0x1a;
const EIGHT_BYTES: u8 = 0x1b;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const HALF: u8 = 0xf9;
const SINGLE: u8 = 0xfa;
const DOUBLE: u8 = 0xfb;

/// -2^63, the least whole number that is an integer.
const LEAST_INTEGER: f64 = -9_223_372_036_854_775_808.0;
/// 2^64, the least whole number that is none again.
const INTEGERS_END: f64 = 18_446_744_073_709_551_616.0;

/// Appends a value.
pub(super) fn write(value: &DataValue<'_>, out: &mut Bytes<'_, u8>) {
    match value {
        DataValue::Null => out.push(NULL),
        DataValue::Bool(false) => out.push(FALSE),
        DataValue::Bool(true) => out.push(TRUE),
        DataValue::Number(NumberValue::Integer(integer)) => write_integer((*integer).into(), out),
        DataValue::Number(NumberValue::Float(float)) => write_float(*float, out),
        DataValue::String(text) => write_text(text, out),
        DataValue::Array(items) => {
            write_head(ARRAY, items.len() as u64, out);
            for item in *items {
                write(item, out);
            }
        }
        DataValue::Object(members) => write_map(members, out),
    }
}

/// Appends an array of two strings.
pub(super) fn write_pair(first: &str, second: &str, out: &mut Bytes<'_, u8>) {
    write_head(ARRAY, 2, out);
    write_text(first, out);
    write_text(second, out);
}

/// Keys are sorted by their encoding: by length, then by bytes.
fn write_map(members: &[(&str, DataValue<'_>)], out: &mut Bytes<'_, u8>) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| (key.len(), *key));
    write_head(MAP, members.len() as u64, out);
    for (key, value) in sorted {
        write_text(key, out);
        write(value, out);
    }
}

fn write_text(text: &str, out: &mut Bytes<'_, u8>) {
    write_head(TEXT, text.len() as u64, out);
    out.extend_from_slice_copy(text.as_bytes());
}

fn write_integer(integer: i128, out: &mut Bytes<'_, u8>) {
    // -1 is written as 0, -2 as 1: the complement.
    let (major, argument) = if integer < 0 { (NEGATIVE, !integer) } else { (UNSIGNED, integer) };
    write_head(major, u64::try_from(argument).unwrap_or(u64::MAX), out);
}

fn write_float(float: f64, out: &mut Bytes<'_, u8>) {
    if float.fract() == 0.0 && (LEAST_INTEGER..INTEGERS_END).contains(&float) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        return write_integer(float as i128, out);
    }
    #[expect(clippy::cast_possible_truncation, reason = "compared with the original")]
    let single = float as f32;
    if f64::from(single).to_bits() != float.to_bits() && !float.is_nan() {
        out.push(DOUBLE);
        return out.extend_from_slice_copy(&float.to_be_bytes());
    }
    if let Some(half) = half(single) {
        out.push(HALF);
        return out.extend_from_slice_copy(&half.to_be_bytes());
    }
    out.push(SINGLE);
    out.extend_from_slice_copy(&single.to_be_bytes());
}

/// The IEEE 754 half-precision bits of a number other than zero, if it has any exactly.
fn half(single: f32) -> Option<u16> {
    if single.is_nan() {
        return Some(0x7e00);
    }
    let sign = if single.is_sign_negative() { 0x8000 } else { 0 };
    if single.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let bits = single.to_bits();
    let fraction = bits & 0x007f_ffff;
    // Without the bias of single precision.
    let exponent = i32::try_from((bits >> 23) & 0xff).ok()? - 127;
    let (high, fraction, drop) = match exponent {
        -14..=15 => (u32::try_from(exponent + 15).ok()? << 10, fraction, 13),
        // Subnormal in half precision: the leading one is no longer implied.
        -24..=-15 => (0, fraction | 0x0080_0000, u32::try_from(-1 - exponent).ok()?),
        _ => return None,
    };
    if fraction.trailing_zeros() < drop {
        return None;
    }
    u16::try_from(high | (fraction >> drop)).ok().map(|magnitude| sign | magnitude)
}

fn write_head(major: u8, argument: u64, out: &mut Bytes<'_, u8>) {
    if let Ok(byte) = u8::try_from(argument) {
        if byte >= 24 {
            out.push(major | ONE_BYTE);
            return out.push(byte);
        }
        return out.push(major | byte);
    }
    if let Ok(short) = u16::try_from(argument) {
        out.push(major | TWO_BYTES);
        return out.extend_from_slice_copy(&short.to_be_bytes());
    }
    if let Ok(word) = u32::try_from(argument) {
        out.push(major | FOUR_BYTES);
        return out.extend_from_slice_copy(&word.to_be_bytes());
    }
    out.push(major | EIGHT_BYTES);
    out.extend_from_slice_copy(&argument.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use datalogic_rs::bumpalo::Bump;

    use super::*;

    fn encoded(json: &str) -> String {
        let arena = Bump::new();
        let mut bytes = Bytes::new_in(&arena);
        write(&DataValue::from_str(json, &arena).unwrap(), &mut bytes);
        bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    }

    /// From RFC 8949, appendix A, but for whole floats.
    #[test]
    fn encodings_are_those_of_the_rfc() {
        for (json, expected) in [
            ("0", "00"),
            ("23", "17"),
            ("24", "1818"),
            ("100", "1864"),
            ("1000", "1903e8"),
            ("1000000", "1a000f4240"),
            ("1000000000000", "1b000000e8d4a51000"),
            ("-1", "20"),
            ("-100", "3863"),
            ("-1000", "3903e7"),
            ("1.1", "fb3ff199999999999a"),
            ("1.5", "f93e00"),
            ("-4.1", "fbc010666666666666"),
            ("5.960464477539063e-8", "f90001"),
            ("0.00006103515625", "f90400"),
            ("3.4028234663852886e+38", "fa7f7fffff"),
            ("1.0e+300", "fb7e37e43c8800759c"),
            ("null", "f6"),
            ("true", "f5"),
            ("false", "f4"),
            ("\"\"", "60"),
            ("\"IETF\"", "6449455446"),
            ("\"ü\"", "62c3bc"),
            ("[]", "80"),
            ("[1,[2,3]]", "8201820203"),
            (r#"{"b":[2,3],"a":1}"#, "a26161016162820203"),
            (r#"{"aa":1,"b":2}"#, "a261620262616101"),
        ] {
            assert_eq!(encoded(json), expected, "{json}");
        }
    }

    #[test]
    fn whole_floats_are_integers() {
        for (float, integer) in [("1.0", "1"), ("-0.0", "0"), ("-2.0", "-2"), ("1e3", "1000")] {
            assert_eq!(encoded(float), encoded(integer), "{float}");
        }
        assert_eq!(encoded("-9223372036854775808"), "3b7fffffffffffffff");
        assert_eq!(encoded("-9223372036854775808.0"), "3b7fffffffffffffff");
        assert_eq!(encoded("18446744073709549568.0"), "1bfffffffffffff800");
        assert_eq!(encoded("18446744073709551616.0"), "fa5f800000");
    }

    #[test]
    fn long_texts_and_arrays_have_long_heads() {
        assert!(encoded(&format!("\"{}\"", "x".repeat(300))).starts_with("79012c78"));
        assert!(encoded(&format!("[{}1]", "1,".repeat(24))).starts_with("98190101"));
    }
}
