//! Vectors that published flagd implementations computed: see `tests/golden/README.md`.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::*;

#[derive(Deserialize)]
struct Golden<'g> {
    /// As it was written: `1` and `1.0` are different values.
    #[serde(borrow)]
    definition: &'g RawValue,
    #[serde(borrow)]
    cases: Vec<Case<'g>>,
}

#[derive(Deserialize)]
struct Case<'g> {
    flag: String,
    #[serde(borrow)]
    context: &'g RawValue,
    variant: Option<String>,
}

#[test]
fn the_third_generation_buckets_as_flagd_does() {
    check(Bucketing::V3, include_str!("../../../../tests/golden/bucketing-v3.json"), 250);
}

#[test]
fn the_second_generation_buckets_as_flagd_does() {
    check(Bucketing::V2, include_str!("../../../../tests/golden/bucketing-v2.json"), 140);
    check(Bucketing::V2, include_str!("../../../../tests/golden/bucketing-v2-unicode.json"), 30);
}

#[test]
fn the_generations_are_told_apart() {
    let golden: Golden<'_> =
        serde_json::from_str(include_str!("../../../../tests/golden/bucketing-v3.json")).unwrap();
    assert!(!differences(Bucketing::V2, &golden).is_empty());
}

/// `at_least` is how many cases there must be, so that the test cannot pass on an empty file.
fn check(bucketing: Bucketing, json: &str, at_least: usize) {
    let golden: Golden<'_> = serde_json::from_str(json).unwrap();
    let differences = differences(bucketing, &golden);
    assert!(differences.is_empty(), "{differences}");
    assert!(golden.cases.len() >= at_least, "only {} cases", golden.cases.len());
}

fn differences(bucketing: Bucketing, golden: &Golden<'_>) -> String {
    let definition = Definition::parse(golden.definition.get()).unwrap();
    let ruleset = Ruleset::new(&definition, bucketing);
    let mut differences = String::new();
    for Case { flag, context, variant } in &golden.cases {
        let body = format!(r#"{{"context":{context}}}"#);
        let parsed = Context::from_ofrep_body(body.as_bytes()).unwrap();
        match ruleset.evaluate(flag, Scope::Server, &parsed, Timestamp::default()) {
            Evaluation::Resolved { variant: given, .. } if given == variant.as_deref() => {}
            other => writeln!(differences, "{flag} for {context}: {other:?}, not {variant:?}").unwrap(),
        }
    }
    differences
}
