//! The OpenFeature OFREP providers that the registries serve, against a real server: whether people's SDKs work, quirks included.
//!
//! The scripts in `tests/clients` report what their provider made of each case, and the expectations are here.

mod browser;
mod node;
mod python;
mod rust;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Map, Value, json};

use crate::support::{EVERY_KIND, LocalServer, Start, repository};

fn server() -> LocalServer {
    LocalServer::with_flags(EVERY_KIND)
}

/// A server that lets one request through and then one a second.
fn limited_server() -> LocalServer {
    Start::new().flags(EVERY_KIND).throttled("EvaluationRateLimit=1 EvaluationBurstLimit=1").serve()
}

/// Runs a client script against the server and reads its report.
#[track_caller]
fn report(program: &Path, script: &str, server: &LocalServer, scenario: &str) -> Value {
    let output = Command::new(program)
        .arg(folder().join(script))
        .args([&server.url, &server.key, scenario])
        .env("TMPDIR", server.directory()) // what a script unpacks goes when the server goes
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; run `make test`", program.display()));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} ended with {}:\n{out}\n{err}", output.status);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{script}: {error}\n{out}\n{err}"))
}

pub(crate) fn node() -> PathBuf {
    let modules = folder().join("node_modules");
    assert!(modules.is_dir(), "{} is missing; run `make test`", modules.display());
    "node".into()
}

pub(crate) fn folder() -> PathBuf {
    repository().join("tests/clients")
}

/// Compares case by case, so that a failure names its case.
#[track_caller]
fn assert_report(report: &Value, expected: &Value) {
    let cases = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (report, expected): (Map<_, _>, Map<_, _>) = (cases(report), cases(expected));
    let differences: Vec<_> = report
        .keys()
        .chain(expected.keys().filter(|case| !report.contains_key(*case)))
        .filter(|case| report.get(*case) != expected.get(*case))
        .map(|case| format!("{case}:\n     got {:?}\n  wanted {:?}", report.get(case), expected.get(case)))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn resolved(value: impl Into<Value>, variant: &str, reason: &str) -> Value {
    json!({ "value": value.into(), "variant": variant, "reason": reason, "errorCode": null })
}

/// The code default, by the server's word.
fn code_default(value: impl Into<Value>, reason: &str) -> Value {
    json!({ "value": value.into(), "variant": null, "reason": reason, "errorCode": null })
}

/// The code default, because of an error.
fn failed(value: impl Into<Value>, code: &str) -> Value {
    json!({ "value": value.into(), "variant": null, "reason": "ERROR", "errorCode": code })
}

fn the_object() -> Value {
    json!({ "title": "Grüße", "limits": { "items": 3, "ratio": 0.25 }, "tags": ["a", "b"] })
}

fn its_metadata() -> Value {
    json!({ "set": "every-kind", "owner": "payments", "priority": 2 })
}
