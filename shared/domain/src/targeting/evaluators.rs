//! The segments of a definition: rules that other rules refer to by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::{InvalidRule, expand};
use crate::json::{self, Bounds, Json};

/// The segments of a definition, each parsed on first use.
#[derive(Debug, Default)]
pub(crate) struct Evaluators {
    by_name: BTreeMap<Arc<str>, Evaluator>,
}

#[derive(Debug)]
struct Evaluator {
    text: Arc<str>,
    rule: OnceLock<Option<Json>>,
    usable: OnceLock<Result<(), InvalidRule>>,
}

impl Evaluators {
    /// Takes the texts of the segments, by name.
    pub(crate) fn new(texts: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) -> Self {
        let evaluator = |text| Evaluator { text, rule: OnceLock::new(), usable: OnceLock::new() };
        Self { by_name: texts.into_iter().map(|(name, text)| (name, evaluator(text))).collect() }
    }

    /// The rule of that name, references in it not replaced; `None` when there is none or its text is damaged.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        let evaluator = self.by_name.get(name)?;
        evaluator
            .rule
            .get_or_init(|| json::parse(evaluator.text.as_bytes(), Bounds::DEFINITION).ok())
            .as_ref()
    }

    /// Whether a reference to that name can be replaced.
    pub(super) fn check(&self, name: &str) -> Result<(), InvalidRule> {
        let evaluator = self.by_name.get(name).ok_or(InvalidRule::UnknownSegment)?;
        *evaluator.usable.get_or_init(|| expand::expand(&expand::reference(name), self).map(drop))
    }
}
