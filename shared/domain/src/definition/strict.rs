//! What is asked of a flag that is written, beyond what flagd asks.

use super::flag::member;
use crate::{
    findings::Findings,
    json::Json,
    targeting::{Evaluators, lint},
};

/// Warns of a key that some clients cannot ask for: some put it into the path as it is, others encode it, and these characters
/// do not arrive alike.
pub(super) fn check_key(key: &str, findings: &mut Findings) {
    if key.contains(['/', '?', '#', '%']) || key.starts_with('.') || key.ends_with('.') {
        findings.warning("some clients cannot ask for a key with / ? # % or a dot at its start or end");
    }
}

/// Checks what may stand in a flag that flagd would take, but could not use.
pub(super) fn check_flag(flag: &Json, evaluators: &Evaluators, findings: &mut Findings) {
    let Json::Object(members) = flag else { return };
    for (name, value) in members {
        findings.under(name, |findings| match name.as_str() {
            "variants" | "metadata" => lint::check_numbers(value, findings),
            "targeting" => check_targeting(value, member(flag, "variants"), evaluators, findings),
            "clientVisible" if !value.is_bool() => findings.fault("clientVisible is true or false"),
            "description" if !value.is_string() => findings.fault("a description is a string"),
            "tags" => check_tags(value, findings),
            "state" | "defaultVariant" | "clientVisible" | "description" => {}
            _ => findings.warning("nothing reads a member of this name"),
        });
    }
}

fn check_targeting(rule: &Json, variants: Option<&Json>, evaluators: &Evaluators, findings: &mut Findings) {
    lint::check_rule(rule, evaluators, findings);
    // An empty rule is none, and has no result.
    let is_empty = matches!(rule, Json::Object(members) if members.is_empty());
    if let (Some(Json::Object(variants)), false) = (variants, is_empty) {
        lint::check_results(rule, variants, evaluators, findings);
    }
}

fn check_tags(tags: &Json, findings: &mut Findings) {
    let Json::Array(tags) = tags else { return findings.fault("tags is an array of strings") };
    findings.each(tags, |tag, findings| {
        if !tag.is_string() {
            findings.fault("a tag is a string");
        }
    });
}
