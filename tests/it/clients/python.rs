//! `openfeature-provider-ofrep`.

use std::path::PathBuf;

use serde_json::json;

use super::{
    assert_report, failed, its_metadata, limited_server, node::waited, report, resolved, server, the_object,
};
use crate::support::repository;

#[test]
fn the_python_provider_gets_every_answer_right() {
    let report = report(&python(), "provider.py", &server(), "evaluate");
    assert_report(
        &report,
        &json!({
            "boolean": resolved(true, "on", "STATIC"),
            "string": resolved("hallo", "hello", "STATIC"),
            "integer": resolved(10, "ten", "STATIC"),
            "float": resolved(10.0, "ten", "STATIC"),
            "object": resolved(the_object(), "full", "STATIC"),
            "before a new attribute": resolved("basic", "basic", "DEFAULT"),
            "after a new attribute": resolved("full", "full", "TARGETING_MATCH"),
            "before a new targeting key": resolved("it is alice", "alice", "TARGETING_MATCH"),
            "after a new targeting key": resolved("somebody", "other", "DEFAULT"),
            "unknown flag": failed("default", "FLAG_NOT_FOUND"),
            "unknown flag with a slash": failed("default", "FLAG_NOT_FOUND"),
            // Strict both ways: this is what `10.0` has to stay `10.0` for.
            "integer for a float": failed(-1, "TYPE_MISMATCH"),
            "float for an integer": failed(-1.0, "TYPE_MISMATCH"),
            "failing flag": failed(false, "GENERAL"),
            // Version 0.3.0 fails on answers without a variant. The caller gets the code default all the same.
            "disabled": failed(true, "GENERAL"),
            "code default": failed(true, "GENERAL"),
            "key with a space": resolved(true, "on", "STATIC"),
            "key beyond ASCII": resolved("XL", "xl", "STATIC"),
            "X-API-Key": resolved(true, "on", "STATIC"),
            "base URL with a slash": resolved(true, "on", "STATIC"),
            "wrong key": failed(false, "GENERAL"),
            "metadata": its_metadata(),
        }),
    );
}

#[test]
fn the_python_provider_waits_as_long_as_it_is_told() {
    assert_report(&report(&python(), "provider.py", &limited_server(), "rate-limit"), &waited());
}

fn python() -> PathBuf {
    repository().join(".tools/venv/bin/python")
}
