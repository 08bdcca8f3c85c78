//! What flagd accepts in a definition, but will not work.

use super::{Definition, strict};
use crate::{
    findings::Findings,
    json::{self, Bounds},
    targeting::lint,
};

/// Something in a definition that flagd accepts but that will not work, or hardly as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where, as a JSON pointer; cut when long.
    pub pointer: String,
    /// What is doubtful there.
    pub message: String,
}

impl Definition {
    /// What is doubtful in it, by flag and then by segment: also what [`Definition::parse_strict`] refuses. Not more of either
    /// than [`limits::MAX_FINDINGS`](crate::limits::MAX_FINDINGS).
    pub fn warnings(&self) -> Vec<Warning> {
        let evaluators = self.evaluators();
        let mut findings = Findings::all();
        findings.under("flags", |findings| {
            for (key, text) in self.flags() {
                findings.under(key, |findings| {
                    strict::check_key(key, findings);
                    if let Ok(flag) = json::parse(text.as_bytes(), Bounds::DEFINITION) {
                        strict::check_flag(&flag, &evaluators, findings);
                    }
                });
            }
        });
        findings.under("$evaluators", |findings| {
            for name in self.segment_names() {
                let Some(rule) = evaluators.get(name) else { continue };
                findings.under(name, |findings| lint::check_tree(rule, &evaluators, findings));
            }
        });
        findings.into_list()
    }
}
