//! A definition, compiled for evaluation.

mod explanation;
mod flag;
mod subject;

use std::{borrow::Cow, sync::OnceLock};

use datalogic_rs::bumpalo::Bump;

use self::{flag::Flag, subject::Subject};
use crate::{
    Bucketing, Context, Definition, DefinitionError, ErrorCode, Evaluation, Scope, Timestamp,
    json::{self, Problem},
    targeting::Evaluators,
};

pub use explanation::Explanation;

/// Bytes of the arena that an evaluation starts with: enough for usual rules and contexts.
const ARENA_BYTES: usize = 4 * 1024;

/// A definition compiled for evaluation. Flags are compiled on first use and kept.
#[derive(Debug)]
pub struct Ruleset {
    /// Sorted by key.
    flags: Vec<Entry>,
    evaluators: Evaluators,
    metadata: String,
    bucketing: Bucketing,
    reads_clock: OnceLock<bool>,
}

#[derive(Debug)]
struct Entry {
    key: String,
    text: Box<str>,
    compiled: OnceLock<Flag>,
}

impl Ruleset {
    /// Makes a checked definition ready for evaluation.
    pub fn new(definition: &Definition, bucketing: Bucketing) -> Self {
        let flags = definition.flags().map(|(key, text)| Entry::new(key.to_owned(), text)).collect();
        Self::of(flags, definition.evaluators(), definition.metadata(), bucketing)
    }

    /// Reads a canonical definition text, as [`Definition::to_json`] wrote it, without checking it again.
    ///
    /// # Errors
    /// A text that is no definition in canonical form. Damage within a flag shows when that flag is evaluated.
    pub fn from_canonical_json(json: &str, bucketing: Bucketing) -> Result<Self, DefinitionError> {
        let (mut flags, mut evaluators, mut metadata) = (Vec::new(), Evaluators::default(), None);
        for (key, value) in json::members(json)? {
            match key.as_str() {
                "flags" => {
                    let members = json::members(value)?.into_iter();
                    flags = members.map(|(key, text)| Entry::new(key, text)).collect();
                }
                "$evaluators" => {
                    let members = json::members(value)?.into_iter();
                    evaluators = Evaluators::new(members.map(|(name, text)| (name.into(), text.into())));
                }
                "metadata" => metadata = Some(value),
                _ => {}
            }
        }
        // Lookups rely on it.
        if !flags.is_sorted_by(|one, next| one.key < next.key) {
            return Err(Problem::here("the flags are not in canonical order").under("flags").into());
        }
        Ok(Self::of(flags, evaluators, metadata, bucketing))
    }

    /// Evaluates one flag. For a client, a flag that is not `clientVisible` does not exist.
    pub fn evaluate(&self, flag: &str, scope: Scope, context: &Context, now: Timestamp) -> Evaluation<'_> {
        let found = self.entry(flag).map(|entry| (entry, self.compiled(entry)));
        let Some((entry, flag)) = found.filter(|(_, flag)| flag.is_visible_to(scope)) else {
            return Evaluation::Failed {
                code: ErrorCode::FlagNotFound,
                details: Cow::Borrowed("there is no flag with this key"),
                metadata: &self.metadata,
            };
        };
        let Some(rule) = flag.rule() else { return flag.without_rule(&self.metadata) };
        let arena = Bump::with_capacity(ARENA_BYTES);
        let subject = Subject::new(context, now, &arena);
        let root = subject.root(&entry.key, &arena);
        flag.outcome(rule.evaluate(root, self.bucketing, &arena), &self.metadata)
    }

    /// Evaluates every flag that the scope may see, in the order of their keys.
    pub fn evaluate_all<'r>(
        &'r self,
        scope: Scope,
        context: &Context,
        now: Timestamp,
        visit: &mut dyn FnMut(&'r str, Evaluation<'r>),
    ) {
        let subjects = Bump::with_capacity(ARENA_BYTES);
        let subject = Subject::new(context, now, &subjects);
        let mut arena = Bump::with_capacity(ARENA_BYTES);
        for entry in &self.flags {
            let flag = self.compiled(entry);
            if !flag.is_visible_to(scope) {
                continue;
            }
            let evaluation = match flag.rule() {
                None => flag.without_rule(&self.metadata),
                Some(rule) => {
                    let root = subject.root(&entry.key, &arena);
                    flag.outcome(rule.evaluate(root, self.bucketing, &arena), &self.metadata)
                }
            };
            visit(&entry.key, evaluation);
            arena.reset();
        }
    }

    /// Whether any rule can see the time: if none, equal contexts give equal answers for ever.
    pub fn reads_clock(&self) -> bool {
        *self.reads_clock.get_or_init(|| {
            let mut rules = self.flags.iter().filter_map(|entry| self.compiled(entry).rule());
            rules.any(crate::targeting::Rule::reads_clock)
        })
    }

    /// The metadata of the flag set, a JSON object.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// How many flags there are, visible to clients or not.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    fn of(flags: Vec<Entry>, evaluators: Evaluators, metadata: Option<&str>, bucketing: Bucketing) -> Self {
        Self {
            flags,
            evaluators,
            metadata: metadata.unwrap_or("{}").to_owned(),
            bucketing,
            reads_clock: OnceLock::new(),
        }
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        let found = self.flags.binary_search_by(|entry| entry.key.as_str().cmp(key));
        found.ok().and_then(|index| self.flags.get(index))
    }

    fn compiled<'r>(&'r self, entry: &'r Entry) -> &'r Flag {
        entry.compiled.get_or_init(|| Flag::compile(&entry.text, &self.evaluators, &self.metadata))
    }
}

impl Entry {
    fn new(key: String, text: &str) -> Self {
        Self { key, text: text.into(), compiled: OnceLock::new() }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
