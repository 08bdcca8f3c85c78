//! The evaluation context: what a caller says about the subject of an evaluation.

/// A checked evaluation context.
#[derive(Clone, Debug)]
pub struct Context {}

/// Why a context was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at {pointer:?}")]
pub struct ContextError {
    /// Where, as a JSON pointer from the root of the request body.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Context {
    /// Reads the body of an OFREP request: empty, `{}`, or an object with a `context` object.
    pub fn from_ofrep_body(_body: &[u8]) -> Result<Self, ContextError> {
        todo!()
    }

    /// SHA-256 of the canonical form: equal for contexts that no rule can tell apart.
    pub fn fingerprint(&self) -> [u8; 32] {
        todo!()
    }
}
