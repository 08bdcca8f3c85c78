//! Targeting rules: JSONLogic with flagd's own operations.
//!
//! A rule is compiled in four steps: each `$ref` is replaced by the segment it names ([`expand`]), its worst case is bounded
//! ([`cost`]), it is searched for the clock ([`clock`]), and the engine compiles it ([`engine`]). [`lint`] tells an author
//! ahead of time what will not work.

mod affix;
mod cbor;
mod clock;
mod cost;
mod engine;
mod evaluators;
mod expand;
mod form;
mod fractional;
pub(crate) mod lint;
mod murmur3;
mod operator;
mod sem_ver;
pub(crate) mod trace;

use std::{collections::BTreeSet, fmt};

use datalogic_rs::{DataValue, Logic, bumpalo::Bump};

use crate::{Bucketing, json::Json};

pub(crate) use evaluators::Evaluators;
pub(crate) use operator::REF;

/// A compiled rule.
pub(crate) struct Rule {
    logic: Logic,
    reads_clock: bool,
}

/// Why a rule cannot be used. The messages are fixed: they are shown to whoever evaluates the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidRule {
    #[error("there is no segment of the name that $ref gives")]
    UnknownSegment,
    #[error("the segment refers to itself")]
    Cycle,
    #[error("the rule is too large once each $ref is replaced")]
    TooLarge,
    #[error("the rule could take too much time or memory")]
    TooCostly,
    #[error("more than one operation in one object")]
    SeveralOperations,
    #[error("the rule is not valid JSONLogic")]
    NotJsonLogic,
}

impl Rule {
    /// Compiles a rule.
    ///
    /// # Errors
    /// A rule that could not work on any context, or that goes over a limit. A rule with an operation that does not exist
    /// compiles, and fails where it reaches that operation, as in flagd.
    pub(crate) fn compile(rule: &Json, evaluators: &Evaluators) -> Result<Self, InvalidRule> {
        let expanded = expand::expand(rule, evaluators)?;
        // Before the engine sees it: the engine runs the constant parts of a rule when it compiles it.
        cost::check(&expanded)?;
        let reads_clock = clock::reads_clock(&expanded);
        let logic = engine::compile(expanded).map_err(|_| InvalidRule::NotJsonLogic)?;
        Ok(Self { logic, reads_clock })
    }

    /// Evaluates the rule; `None` is a rule that failed.
    pub(crate) fn evaluate<'a>(
        &'a self,
        root: &'a DataValue<'a>,
        bucketing: Bucketing,
        arena: &'a Bump,
    ) -> Option<&'a DataValue<'a>> {
        engine::engine(bucketing).evaluate(&self.logic, root, arena).ok()
    }

    /// Whether the outcome may depend on the time.
    pub(crate) fn reads_clock(&self) -> bool {
        self.reads_clock
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("reads_clock", &self.reads_clock).finish_non_exhaustive()
    }
}

/// The names of the segments that a rule refers to itself.
pub(crate) fn references(rule: &Json) -> BTreeSet<String> {
    fn collect(rule: &Json, names: &mut BTreeSet<String>) {
        match rule {
            Json::Array(items) => items.iter().for_each(|item| collect(item, names)),
            Json::Object(members) => match members.as_slice() {
                [(name, Json::String(segment))] if name == REF => {
                    names.insert(segment.clone());
                }
                members => members.iter().for_each(|(_, value)| collect(value, names)),
            },
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    collect(rule, &mut names);
    names
}

/// The arguments of an operation: JSONLogic lets a single one stand without its array.
fn arguments(value: &Json) -> &[Json] {
    match value {
        Json::Array(arguments) => arguments,
        single => std::slice::from_ref(single),
    }
}
