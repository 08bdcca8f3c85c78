//! The first bytes of a value: what it is, and its length or number.

use std::fmt;

use super::DecodeError;

/// What a value is, as far as its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// An integer, not negative.
    Unsigned,
    /// A negative integer.
    Negative,
    /// A byte string.
    Bytes,
    /// A text.
    Text,
    /// An array.
    Array,
    /// A map.
    Map,
    /// A tag in front of another value.
    Tag,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// A float of any width.
    Float,
    /// Some other simple value. DAX uses none.
    Simple,
    /// Not a value: the end of an array, map or string without a length.
    Break,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "an unsigned integer",
            Self::Negative => "a negative integer",
            Self::Bytes => "a byte string",
            Self::Text => "a text",
            Self::Array => "an array",
            Self::Map => "a map",
            Self::Tag => "a tag",
            Self::Bool => "a boolean",
            Self::Null => "null",
            Self::Float => "a float",
            Self::Simple => "a simple value",
            Self::Break => "a break",
        })
    }
}

/// A head. The lengths are `None` where the value goes on until a break.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Head {
    Unsigned(u64),
    /// The integer -1 - n.
    Negative(u64),
    Bytes(Option<u64>),
    Text(Option<u64>),
    Array(Option<u64>),
    Map(Option<u64>),
    Tag(u64),
    Bool(bool),
    Null,
    /// A float of 16 or of 32 bits.
    Single(f32),
    Double(f64),
    Simple,
    Break,
}

impl Head {
    /// Reads the head at the beginning of `bytes`, and says how many bytes it takes. `at` is where they are, for errors.
    pub(super) fn read(bytes: &[u8], at: usize) -> Result<(Self, usize), DecodeError> {
        let (&initial, rest) = bytes.split_first().ok_or(DecodeError::Incomplete)?;
        let (major, low) = (initial >> 5, initial & 0x1f);
        let (argument, width) = match low {
            0..24 => (Some(u64::from(low)), 0),
            24 => (Some(big_endian::<1>(rest)?), 1),
            25 => (Some(big_endian::<2>(rest)?), 2),
            26 => (Some(big_endian::<4>(rest)?), 4),
            27 => (Some(big_endian::<8>(rest)?), 8),
            31 => (None, 0),
            _ => return Err(DecodeError::Invalid { at }),
        };
        let definite = argument.ok_or(DecodeError::Invalid { at });
        let head = match major {
            0 => Self::Unsigned(definite?),
            1 => Self::Negative(definite?),
            2 => Self::Bytes(argument),
            3 => Self::Text(argument),
            4 => Self::Array(argument),
            5 => Self::Map(argument),
            6 => Self::Tag(definite?),
            _ => Self::simple(low, argument.unwrap_or_default()),
        };
        Ok((head, 1 + width))
    }

    pub(super) fn kind(self) -> Type {
        match self {
            Self::Unsigned(_) => Type::Unsigned,
            Self::Negative(_) => Type::Negative,
            Self::Bytes(_) => Type::Bytes,
            Self::Text(_) => Type::Text,
            Self::Array(_) => Type::Array,
            Self::Map(_) => Type::Map,
            Self::Tag(_) => Type::Tag,
            Self::Bool(_) => Type::Bool,
            Self::Null => Type::Null,
            Self::Single(_) | Self::Double(_) => Type::Float,
            Self::Simple => Type::Simple,
            Self::Break => Type::Break,
        }
    }

    fn simple(low: u8, argument: u64) -> Self {
        match low {
            20 => Self::Bool(false),
            21 => Self::Bool(true),
            22 => Self::Null,
            25 => Self::Single(half(argument)),
            26 => Self::Single(f32::from_bits(u32::try_from(argument).unwrap_or_default())),
            27 => Self::Double(f64::from_bits(argument)),
            31 => Self::Break,
            _ => Self::Simple,
        }
    }
}

/// An integer of `N` bytes, at most eight.
fn big_endian<const N: usize>(bytes: &[u8]) -> Result<u64, DecodeError> {
    let bytes: &[u8; N] = bytes.first_chunk().ok_or(DecodeError::Incomplete)?;
    Ok(bytes.iter().fold(0, |value, &byte| (value << 8) | u64::from(byte)))
}

/// A float of 16 bits: one of sign, five of exponent, ten of fraction.
fn half(bits: u64) -> f32 {
    let fraction = u16::try_from(bits & 0x3ff).unwrap_or_default();
    let exponent = i32::try_from((bits >> 10) & 0x1f).unwrap_or_default();
    let magnitude = match (exponent, fraction) {
        (0, _) => f32::from(fraction) * 2f32.powi(-24),
        (31, 0) => f32::INFINITY,
        (31, _) => f32::NAN,
        _ => (f32::from(fraction) + 1024.0) * 2f32.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_have_the_values_of_the_standard() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0x3e00, 1.5),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
            (0xc400, -4.0),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn reserved_heads_are_refused_and_short_ones_incomplete() {
        for initial in [0x1c, 0x3d, 0x5e, 0xfc, 0x1f, 0x3f, 0xdf] {
            assert_eq!(Head::read(&[initial, 0, 0], 7), Err(DecodeError::Invalid { at: 7 }), "{initial:02x}");
        }
        for bytes in [&[][..], &[0x18], &[0x19, 0], &[0x1a, 0, 0, 0], &[0xfb, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(Head::read(bytes, 0), Err(DecodeError::Incomplete), "{bytes:02x?}");
        }
    }
}
