//! The identities of projects and environments.

use std::{fmt, str::FromStr};

use crate::limits;

/// Stands between the two keys in the identity of an environment; no key has it.
const SEPARATOR: char = '.';

/// The name of a project: 1 to [`limits::MAX_KEY_BYTES`] of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectKey(String);

/// The name of an environment within its project: 1 to [`limits::MAX_KEY_BYTES`] of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvironmentKey(String);

/// The identity of an environment among all: `<project>.<environment>`.
///
/// It is part of every SDK key (`pnn_<project>.<environment>_<kid>_<secret>`), hence no `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnvironmentId(String);

/// The text names no project or environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 1 to {max} of a-z, 0-9 and -", max = limits::MAX_KEY_BYTES)]
pub struct InvalidKey;

/// The text is no environment identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment is named <project>.<environment>, each 1 to {max} of a-z, 0-9 and -", max = limits::MAX_KEY_BYTES)]
pub struct InvalidEnvironmentId;

impl ProjectKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EnvironmentKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EnvironmentId {
    /// The identity of that environment of that project.
    pub fn new(project: &ProjectKey, environment: &EnvironmentKey) -> Self {
        Self(format!("{project}{SEPARATOR}{environment}"))
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The project that the environment belongs to.
    pub fn project(&self) -> ProjectKey {
        ProjectKey(self.parts().0.to_owned())
    }

    /// The key of the environment within its project.
    pub fn key(&self) -> EnvironmentKey {
        EnvironmentKey(self.parts().1.to_owned())
    }

    fn parts(&self) -> (&str, &str) {
        // Never without: both constructors put it there.
        self.0.split_once(SEPARATOR).unwrap_or((&self.0, ""))
    }
}

macro_rules! displayed {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
displayed!(ProjectKey, EnvironmentKey, EnvironmentId);

impl FromStr for ProjectKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        is_key(text).then(|| Self(text.to_owned())).ok_or(InvalidKey)
    }
}

impl FromStr for EnvironmentKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        is_key(text).then(|| Self(text.to_owned())).ok_or(InvalidKey)
    }
}

impl FromStr for EnvironmentId {
    type Err = InvalidEnvironmentId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once(SEPARATOR)
            .filter(|(project, environment)| is_key(project) && is_key(environment));
        parts.map(|_| Self(text.to_owned())).ok_or(InvalidEnvironmentId)
    }
}

fn is_key(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=limits::MAX_KEY_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_plain() {
        let longest = "a".repeat(limits::MAX_KEY_BYTES);
        for valid in ["a", "production", "eu-west-1", "0", longest.as_str()] {
            assert_eq!(valid.parse::<ProjectKey>().unwrap().as_str(), valid);
            assert_eq!(valid.parse::<EnvironmentKey>().unwrap().as_str(), valid);
        }
        let too_long = format!("{longest}a");
        for invalid in ["", "Prod", "a_b", "a b", "a/b", "a.b", "é", too_long.as_str()] {
            assert_eq!(invalid.parse::<ProjectKey>(), Err(InvalidKey), "{invalid:?}");
            assert_eq!(invalid.parse::<EnvironmentKey>(), Err(InvalidKey), "{invalid:?}");
        }
    }

    #[test]
    fn an_identity_is_made_of_two_keys_and_taken_apart_again() {
        let id = EnvironmentId::new(&"shop".parse().unwrap(), &"production".parse().unwrap());
        assert_eq!(id.as_str(), "shop.production");
        assert_eq!("shop.production".parse(), Ok(id.clone()));
        assert_eq!((id.project().as_str(), id.key().as_str()), ("shop", "production"));
        for invalid in ["", "shop", "shop.", ".production", "a.b.c", "Shop.a", "shop_a.b"] {
            assert_eq!(invalid.parse::<EnvironmentId>(), Err(InvalidEnvironmentId), "{invalid:?}");
        }
    }
}
