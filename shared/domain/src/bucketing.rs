//! Generations of percentage bucketing.

use std::{fmt, str::FromStr};

/// Which generation of flagd's `fractional` operation an environment is pinned to.
///
/// The generations put the same user into different buckets, so an environment never changes generation by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bucketing {
    /// flagd 0.16 and earlier: the hash of the UTF-8 string.
    V2,
    /// The hash of the deterministic CBOR encoding of the value (flagd ADR "fractional: non-string random units").
    #[default]
    V3,
}

impl Bucketing {
    /// `"v2"` or `"v3"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

impl fmt::Display for Bucketing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of no bucketing generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bucketing is `v2` or `v3`")]
pub struct UnknownBucketing;

impl FromStr for Bucketing {
    type Err = UnknownBucketing;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "v2" => Ok(Self::V2),
            "v3" => Ok(Self::V3),
            _ => Err(UnknownBucketing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_read_back_from_its_name() {
        for bucketing in [Bucketing::V2, Bucketing::V3] {
            assert_eq!(bucketing.to_string().parse(), Ok(bucketing));
        }
        assert_eq!("V3".parse::<Bucketing>(), Err(UnknownBucketing));
    }
}
