//! The identity of an environment.

use std::{fmt, str::FromStr};

use crate::limits;

/// The identity of an environment: 1 to [`limits::MAX_ENVIRONMENT_ID_BYTES`] of `a-z`, `0-9` and `-`.
///
/// It is part of every SDK key (`pnn_<environment>_<kid>_<secret>`), hence no `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvironmentId(String);

impl EnvironmentId {
    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no environment identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment is named by 1 to {max} of a-z, 0-9 and -", max = limits::MAX_ENVIRONMENT_ID_BYTES)]
pub struct InvalidEnvironmentId;

impl FromStr for EnvironmentId {
    type Err = InvalidEnvironmentId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = 1..=limits::MAX_ENVIRONMENT_ID_BYTES;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if length.contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidEnvironmentId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_short_and_plain() {
        let longest = "a".repeat(limits::MAX_ENVIRONMENT_ID_BYTES);
        for valid in ["a", "production", "eu-west-1", "0", longest.as_str()] {
            assert_eq!(valid.parse::<EnvironmentId>().unwrap().as_str(), valid);
        }
        let too_long = format!("{longest}a");
        for invalid in ["", "Prod", "a_b", "a b", "a/b", "é", too_long.as_str()] {
            assert_eq!(invalid.parse::<EnvironmentId>(), Err(InvalidEnvironmentId), "{invalid:?}");
        }
    }
}
