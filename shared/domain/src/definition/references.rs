//! Which rules refer to which segments.

use std::collections::{BTreeMap, BTreeSet};

use super::{Definition, flag::member, strict};
use crate::{
    Kind, Refusal,
    findings::Findings,
    json::{self, Bounds},
    targeting::{self, Evaluators},
};

/// Names that a message lists; of further ones it gives the number.
const MAX_LISTED: usize = 10;

impl Definition {
    /// The flags and segments whose rules refer to a segment themselves.
    pub(super) fn referring_to(&self, name: &str) -> Vec<(Kind, &str)> {
        let names = BTreeSet::from([name.to_owned()]);
        let flags = self.flags().filter(|(_, text)| refers_to(text, &names, of_flag));
        let segments = self.segments().filter(|(_, text)| refers_to(text, &names, of_segment));
        flags.map(|(key, _)| (Kind::Flag, key)).chain(segments.map(|(key, _)| (Kind::Segment, key))).collect()
    }

    /// The segments of these names, and those that they refer to, however far.
    pub(super) fn with_referred(&self, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let (mut closed, mut open): (BTreeSet<String>, Vec<String>) =
            (BTreeSet::new(), names.into_iter().collect());
        while let Some(name) = open.pop() {
            if let Some(text) = self.segment(&name).filter(|_| !closed.contains(&name)) {
                open.extend(of_segment(text));
                closed.insert(name);
            }
        }
        closed
    }

    /// Refuses a change of segments by which a flag that refers to them, and is itself not changed, would get a fault that it
    /// does not have.
    pub(super) fn check_users(&self, changed: &Self, segments: &[&str]) -> Result<(), Refusal> {
        let affected = changed.with_referring(segments);
        let (before, after) = (self.evaluators(), changed.evaluators());
        let breaks = |key: &str, text: &str| {
            let is_unchanged = self.flag(key) == Some(text);
            is_unchanged && refers_to(text, &affected, of_flag) && gets_worse(text, &before, &after)
        };
        let broken = changed.flags().filter(|(key, text)| breaks(key, text));
        let broken: Vec<(Kind, &str)> = broken.map(|(key, _)| (Kind::Flag, key)).collect();
        if broken.is_empty() {
            return Ok(());
        }
        Err(Refusal::conflict(format!("the change of the segment does not go with {}", list(&broken))))
    }

    /// The segments of these names, and those that refer to them, however far.
    fn with_referring(&self, names: &[&str]) -> BTreeSet<String> {
        let mut referring: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, text) in self.segments() {
            for referred in of_segment(text) {
                referring.entry(referred).or_default().push(name);
            }
        }
        let (mut affected, mut open) = (BTreeSet::new(), names.to_vec());
        while let Some(name) = open.pop() {
            if affected.insert(name.to_owned()) {
                open.extend(referring.get(name).into_iter().flatten());
            }
        }
        affected
    }
}

/// The segments that the targeting of a flag refers to.
pub(super) fn of_flag(text: &str) -> BTreeSet<String> {
    let flag = may_refer(text).then(|| json::parse(text.as_bytes(), Bounds::DEFINITION));
    flag.and_then(Result::ok)
        .and_then(|flag| member(&flag, "targeting").map(targeting::references))
        .unwrap_or_default()
}

/// Some flags and segments, for a message.
pub(super) fn list(entries: &[(Kind, &str)]) -> String {
    let mut names: Vec<String> =
        entries.iter().take(MAX_LISTED).map(|(kind, key)| format!("the {} {key:?}", kind.as_str())).collect();
    if let Some(more @ 1..) = entries.len().checked_sub(MAX_LISTED) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}

/// The segments that a segment refers to.
fn of_segment(text: &str) -> BTreeSet<String> {
    let rule = may_refer(text).then(|| json::parse(text.as_bytes(), Bounds::DEFINITION));
    rule.and_then(Result::ok).map(|rule| targeting::references(&rule)).unwrap_or_default()
}

/// Whether a text refers to one of these segments, given what finds its references.
fn refers_to(text: &str, names: &BTreeSet<String>, references: impl Fn(&str) -> BTreeSet<String>) -> bool {
    // Spares most texts the parser: without an escape, a name is there as it is.
    let may_name = text.contains('\\') || names.iter().any(|name| text.contains(name));
    may_name && !references(text).is_disjoint(names)
}

/// Likewise for any segment: a reference is written out, or with an escape.
fn may_refer(text: &str) -> bool {
    text.contains(targeting::REF) || text.contains("\\u")
}

/// Whether a flag has a fault with the segments after a change that it did not have before.
fn gets_worse(text: &str, before: &Evaluators, after: &Evaluators) -> bool {
    let Ok(flag) = json::parse(text.as_bytes(), Bounds::DEFINITION) else { return false };
    let faults = |evaluators| {
        let mut findings = Findings::all();
        strict::check_flag(&flag, evaluators, &mut findings);
        findings.into_faults()
    };
    let had = faults(before);
    faults(after).iter().any(|fault| !had.contains(fault))
}
