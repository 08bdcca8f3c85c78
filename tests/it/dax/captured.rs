//! A third opinion: what amazon-dax-client made of the same cases when they were captured, with another server behind it.

use serde_json::{Value, json};

use super::{
    canonical::canonical,
    cases::run_ours,
    lab::{Lab, cases},
};

const CAPTURED: &str = include_str!("../../../shared/dax/vectors/client-python-2.1.0.json");

/// Cases that end otherwise here, and why.
const OTHERWISE: [(&str, &str); 8] = [
    ("put_condition_ok_all_old", NO_METRICS),
    ("batch_write", NO_METRICS),
    ("transact_write", NO_METRICS),
    ("batch_get", "that server took no more capacity for a strongly consistent read"),
    ("scan_segment_filter", "which items are in a segment is up to the database"),
    ("batch_write_unprocessed", "that client loses the keys of what was not processed"),
    ("error_internal_3_37_54", "that client has a name of its own for the error"),
    ("error_connection_closed_mid_response", "that client does not repeat a read when the answer breaks off"),
];

const NO_METRICS: &str = "the embedded database has no metrics of item collections";

#[test]
fn the_outcomes_are_those_that_were_captured() {
    let captured: Value = serde_json::from_str(CAPTURED).expect("the vectors are JSON");
    let captured = captured["cases"].as_array().expect("cases");
    let ran = run_ours(&Lab::plain(), cases());
    assert_eq!(ran.len(), captured.len());
    for (ran, captured) in ran.iter().zip(captured) {
        let name = ran.case["name"].as_str().expect("a name");
        assert_eq!(captured["name"], name);
        let (was, is) = (was(&captured["output"]), is(&ran.outcome));
        match OTHERWISE.iter().find(|(case, _)| *case == name) {
            Some((_, why)) => assert_ne!(was, is, "{name} no longer differs: {why}"),
            None => assert_eq!(was, is, "{name}"),
        }
    }
}

/// The output that was captured, or the name of the error.
fn was(captured: &Value) -> Value {
    match captured.get("ok") {
        Some(output) => canonical(output),
        None => json!({"error": captured["code"]}),
    }
}

fn is(outcome: &Value) -> Value {
    match outcome.get("output") {
        Some(output) => output.clone(),
        None => json!({"error": outcome["error"]["name"]}),
    }
}
