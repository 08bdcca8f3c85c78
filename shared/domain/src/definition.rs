//! flagd definition files.

use crate::Bucketing;

/// A flagd definition file, checked: flags, `$evaluators` and metadata.
#[derive(Clone, Debug)]
pub struct Definition {}

/// Why a file is no flag definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at {pointer:?}")]
pub struct DefinitionError {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// Something in a definition that flagd accepts but that will not work: the flag named fails or falls to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is doubtful there.
    pub message: String,
}

impl Definition {
    /// Reads and checks a definition file.
    pub fn parse(_json: &str) -> Result<Self, DefinitionError> {
        todo!()
    }

    /// What is doubtful in it.
    pub fn warnings(&self) -> Vec<Warning> {
        todo!()
    }

    /// How many flags there are.
    pub fn len(&self) -> usize {
        todo!()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The canonical text: minified, flags and segments sorted by key, values as they were written.
    pub fn to_json(&self) -> String {
        todo!()
    }

    /// Identifies the content: SHA-256 over the canonical text and the bucketing generation, cut to 128 bits, in lower-case
    /// hexadecimal. The same on every process and every deploy.
    pub fn etag(&self, _bucketing: Bucketing) -> String {
        todo!()
    }
}
