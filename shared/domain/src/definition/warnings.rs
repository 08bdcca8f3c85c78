//! What flagd accepts in a definition, but will not work.

use super::Definition;
use crate::{
    json::{self, Bounds, Json},
    targeting::{Evaluators, Finding, lint},
};

/// Something in a definition that flagd accepts but that will not work: the flag named fails or falls to its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is doubtful there.
    pub message: String,
}

impl Definition {
    /// What is doubtful in it, by flag and then by segment.
    pub fn warnings(&self) -> Vec<Warning> {
        let evaluators = self.evaluators();
        let mut findings = Vec::new();
        for (key, text) in &self.flags {
            let mut found = Vec::new();
            check_key(key, &mut found);
            if let Ok(flag) = json::parse(text.as_bytes(), Bounds::DEFINITION) {
                check_flag(&flag, &evaluators, &mut found);
            }
            findings.extend(found.into_iter().map(|finding| finding.under(key).under("flags")));
        }
        for (name, text) in &self.evaluators {
            let Ok(rule) = json::parse(text.as_bytes(), Bounds::DEFINITION) else { continue };
            let mut found = Vec::new();
            lint::check_tree(&rule, &evaluators, &mut found);
            findings.extend(found.into_iter().map(|finding| finding.under(name).under("$evaluators")));
        }
        findings.into_iter().map(Warning::from).collect()
    }
}

/// Some clients put a key into the path as it is, others encode it: these characters do not arrive alike.
fn check_key(key: &str, found: &mut Vec<Finding>) {
    if key.contains(['/', '?', '#', '%']) || key.starts_with('.') || key.ends_with('.') {
        found.push(Finding::here(
            "some clients cannot ask for a key with / ? # % or a dot at its start or end",
        ));
    }
}

fn check_flag(flag: &Json, evaluators: &Evaluators, found: &mut Vec<Finding>) {
    let Json::Object(members) = flag else { return };
    for (name, value) in members {
        let mut inside = Vec::new();
        match name.as_str() {
            "targeting" => lint::check_rule(value, evaluators, &mut inside),
            "variants" | "metadata" => lint::check_numbers(value, &mut inside),
            _ => {}
        }
        found.extend(inside.into_iter().map(|finding| finding.under(name)));
    }
}

impl From<Finding> for Warning {
    fn from(finding: Finding) -> Self {
        Self { pointer: finding.pointer, message: finding.message }
    }
}
