//! Why a change is not made.

use std::borrow::Cow;

use crate::StoreError;

/// Why a change is not made although everything works: the caller's to mend. The texts are shown to the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What is to be changed, or what it is in, does not exist; says which: "flag", "environment", ...
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Something exists and the caller gave no `If-Match`.
    #[error("this exists: say which state you know with If-Match, or If-Match: * for any")]
    PreconditionRequired,
    /// It is not in the state that the caller knows.
    #[error("this is not in the state that the precondition names")]
    PreconditionFailed,
    /// What else there is forbids it.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// The content has faults: all of them that were found, and at least one.
    #[error("the content is not valid")]
    Invalid(Vec<Fault>),
    /// The idempotency key was used for another request.
    #[error("this Idempotency-Key was used for a request with another body")]
    IdempotencyKeyReused,
}

/// A fault in the content of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer into the content; cut when long.
    pub pointer: String,
    /// What is wrong there. Never repeats a value.
    pub message: String,
}

impl Refusal {
    /// One fault.
    pub fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { pointer: pointer.into(), message: message.into() }])
    }

    /// Content that goes against what else there is.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(message.into())
    }
}

/// Why a change was not made, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It was refused, and nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed. It may have happened all the same: a retry with the same idempotency key tells.
    #[error(transparent)]
    Store(#[from] StoreError),
}
