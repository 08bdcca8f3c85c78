//! Who may do what with an environment.

use crate::Timestamp;

/// The part of an SDK key that is stored: enough to recognise the key, not enough to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// SHA-256 of the secret. The secret has 256 bits of entropy, so no slow hash is needed.
    pub hash: [u8; 32],
    /// What the key gives access to.
    pub scope: Scope,
    /// When the key stops working; `None` is never.
    pub expires: Option<Timestamp>,
}

/// What an SDK key gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the environment: for back ends, which keep the key secret.
    Server,
}

impl Scope {
    /// The name that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
        }
    }

    /// The scope of that name, or `None`: a key with a scope that this version does not know opens nothing.
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::Server.as_str()).then_some(Self::Server)
    }
}

/// Why a request was turned away. What the caller is told never depends on more than the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No key, or none that opens an environment. Unknown, wrong, expired and revoked keys all look alike.
    #[error("the SDK key is missing or not valid")]
    Unauthenticated,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_found_by_its_own_name_alone() {
        assert_eq!(Scope::from_name(Scope::Server.as_str()), Some(Scope::Server));
        for unknown in ["", "Server", "client", "server "] {
            assert_eq!(Scope::from_name(unknown), None, "{unknown:?}");
        }
    }
}
