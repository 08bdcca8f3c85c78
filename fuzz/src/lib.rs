//! What the fuzz targets share.

pub mod dax;
pub mod rule;

use pennon_domain::{Bucketing, Context, Definition, Evaluation, Ruleset, Scope, Timestamp};

/// Both generations: neither may panic where the other does not.
pub const BUCKETINGS: [Bucketing; 2] = [Bucketing::V2, Bucketing::V3];

/// Two moments that no rule can confuse: more than a day apart.
pub const MOMENTS: [Timestamp; 2] =
    [Timestamp::from_millis(1_700_000_000_000), Timestamp::from_millis(1_800_000_000_000)];

/// A definition that uses every operation of flagd's rules.
pub const RICH: &str = include_str!("../seeds/definition/rich.json");

/// A context with a value of every kind.
pub const CONTEXT: &[u8] = include_bytes!("../seeds/context/every-kind.json");

/// A ruleset from text that must be a definition.
pub fn ruleset(json: &str, bucketing: Bucketing) -> Ruleset {
    Ruleset::new(&Definition::parse(json).expect("a definition"), bucketing)
}

/// A context from text that must be one.
pub fn context(body: &[u8]) -> Context {
    Context::from_ofrep_body(body).expect("a context")
}

/// Every flag's outcome, with its key.
pub fn outcomes<'r>(
    ruleset: &'r Ruleset,
    context: &Context,
    now: Timestamp,
) -> Vec<(&'r str, Evaluation<'r>)> {
    let mut outcomes = Vec::with_capacity(ruleset.len());
    ruleset
        .evaluate_all(Scope::Server, context, now, &mut |key, evaluation| outcomes.push((key, evaluation)));
    outcomes
}

/// What must hold of every ruleset, whatever is in it.
pub fn assert_sound(ruleset: &Ruleset, context: &Context) {
    let [now, later] = MOMENTS;
    let first = outcomes(ruleset, context, now);
    assert_eq!(first.len(), ruleset.len(), "evaluating all flags evaluates each");
    assert!(first.is_sorted_by(|(a, _), (b, _)| a < b), "flags come in the order of their keys");
    assert_eq!(first, outcomes(ruleset, context, now), "evaluation is deterministic");
    for (key, outcome) in &first {
        assert_eq!(
            *outcome,
            ruleset.evaluate(key, Scope::Server, context, now),
            "one flag is evaluated as among all"
        );
        assert_is_writable(outcome);
    }
    if !ruleset.reads_clock() {
        assert_eq!(
            first,
            outcomes(ruleset, context, later),
            "no rule reads the clock, so time changes nothing"
        );
    }
}

/// What is copied into a response must be JSON of the promised form.
fn assert_is_writable(outcome: &Evaluation<'_>) {
    let is_object = |json: &str| serde_json::from_str::<serde_json::Map<_, _>>(json).is_ok();
    match outcome {
        Evaluation::Resolved { value, variant, metadata, .. } => {
            assert_eq!(value.is_some(), variant.is_some(), "a value has a variant");
            let is_json = |json: &str| serde_json::from_str::<serde_json::Value>(json).is_ok();
            assert!(value.is_none_or(is_json), "{value:?} is JSON");
            assert!(is_object(metadata), "{metadata} is an object");
        }
        Evaluation::Failed { details, metadata, .. } => {
            assert!(!details.is_empty(), "a failure says what went wrong");
            assert!(is_object(metadata), "{metadata} is an object");
        }
    }
}
