//! A definition, compiled for evaluation.

use crate::{Bucketing, Context, Definition, DefinitionError, Evaluation, Timestamp};

/// A definition compiled for evaluation. Flags are compiled on first use and kept.
#[derive(Debug)]
pub struct Ruleset {}

impl Ruleset {
    /// Makes a checked definition ready for evaluation.
    pub fn new(_definition: &Definition, _bucketing: Bucketing) -> Self {
        todo!()
    }

    /// Reads a canonical definition text, as [`Definition::to_json`] wrote it, without checking it again.
    pub fn from_canonical_json(_json: &str, _bucketing: Bucketing) -> Result<Self, DefinitionError> {
        todo!()
    }

    /// Evaluates one flag.
    pub fn evaluate(&self, _flag: &str, _context: &Context, _now: Timestamp) -> Evaluation<'_> {
        todo!()
    }

    /// Evaluates every flag, in the order of their keys.
    pub fn evaluate_all<'r>(
        &'r self,
        _context: &Context,
        _now: Timestamp,
        _visit: &mut dyn FnMut(&'r str, Evaluation<'r>),
    ) {
        todo!()
    }

    /// Whether any rule can see the time: if none, equal contexts give equal answers for ever.
    pub fn reads_clock(&self) -> bool {
        todo!()
    }

    /// The metadata of the flag set, a JSON object.
    pub fn metadata(&self) -> &str {
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
}
