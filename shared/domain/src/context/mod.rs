//! The evaluation context: what a caller says about the subject of an evaluation.

mod canonical;

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{
    json::{self, Bounds, Json, Problem},
    limits,
};

/// The attribute that belongs to the server: what a caller says under this name is dropped.
pub(crate) const FLAGD: &str = "$flagd";

/// A checked evaluation context in canonical form: the members of every object sorted by key.
///
/// Rules see exactly this form and [`Context::fingerprint`] covers all of it, so equal fingerprints mean equal evaluations.
#[derive(Clone, Default)]
pub struct Context {
    attributes: Vec<(String, Json)>,
}

/// Why a context was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", json::place(.pointer))]
pub struct ContextError {
    /// Where, as a JSON pointer from the root of the request body; cut when long.
    pub pointer: String,
    /// What is wrong there. Never repeats a value.
    pub message: String,
}

impl Context {
    /// Reads the body of an OFREP request: empty, `{}`, or an object with a `context` object.
    ///
    /// Clients in use send no context, an empty one or one without `targetingKey`: all are accepted. Members of the body
    /// other than `context` are ignored, and so is `$flagd` in the context.
    ///
    /// # Errors
    /// A body that is no JSON object, a context that is none, a duplicate key, or a context over
    /// [`limits::MAX_CONTEXT_DEPTH`], [`limits::MAX_CONTEXT_VALUES`] or [`limits::MAX_CONTEXT_MEMBERS`].
    pub fn from_ofrep_body(body: &[u8]) -> Result<Self, ContextError> {
        if body.len() > limits::MAX_BODY_BYTES {
            return Err(Problem::here(format!("larger than {} bytes", limits::MAX_BODY_BYTES)).into());
        }
        if body.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        let bounds = Bounds {
            // The body itself is one level above the context, and one value.
            depth: limits::MAX_CONTEXT_DEPTH + 1,
            values: limits::MAX_CONTEXT_VALUES + 1,
            members: limits::MAX_CONTEXT_MEMBERS,
        };
        let Json::Object(members) = json::parse(body, bounds)? else {
            return Err(Problem::here("the body must be a JSON object").into());
        };
        let context = members.into_iter().find(|(key, _)| key == "context");
        match context.map(|(_, context)| context) {
            None | Some(Json::Null) => Ok(Self::default()),
            Some(Json::Object(mut attributes)) => {
                attributes.retain(|(key, _)| key != FLAGD);
                Ok(Self { attributes })
            }
            Some(_) => Err(Problem::here("the context must be a JSON object").under("context").into()),
        }
    }

    /// SHA-256 of the canonical form: equal for contexts that no rule can tell apart. `1` and `1.0` differ, as rules can
    /// tell them apart by their text.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(512);
        canonical::write_object(&self.attributes, &mut bytes);
        Sha256::digest(&bytes).into()
    }

    /// The attributes, sorted by key, without `$flagd`.
    pub(crate) fn attributes(&self) -> &[(String, Json)] {
        &self.attributes
    }
}

/// Contexts are personal data, and are never logged.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("attributes", &self.attributes.len()).finish_non_exhaustive()
    }
}

impl From<Problem> for ContextError {
    fn from(Problem { pointer, message }: Problem) -> Self {
        Self { pointer, message }
    }
}

#[cfg(test)]
mod tests;
