//! flagd's own test suite (flagd-testbed), flattened into vectors of flag, context and expectation, over HTTP: once for each
//! bucketing generation.
//!
//! The vectors are read from `../shared/ofrep` beside the repository or from `PENNON_OFREP_VECTORS`. They are not part of the
//! repository, so the test says so and passes where they are absent.

mod vector;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::support::{LocalServer, Start, repository};
use vector::{Vector, check};

#[tokio::test]
async fn flagd_vectors_hold_under_v2() {
    apply("v2", &["@fractional-v1", "@fractional-v3"], 85).await;
}

#[tokio::test]
async fn flagd_vectors_hold_under_v3() {
    apply("v3", &["@fractional-v1", "@fractional-v2"], 163).await;
}

/// `at_least` is how many vectors must apply, so that the test cannot pass by skipping.
async fn apply(bucketing: &str, other_generations: &[&'static str], at_least: usize) {
    let folder = folder();
    let Ok(vectors) = fs::read_to_string(folder.join("vectors.json")) else {
        println!("skipped: no flagd vectors at {}", folder.display());
        return;
    };
    let vectors: Vec<Vector> = serde_json::from_str(&vectors).unwrap();
    let server = Start::new().flags(&flags(&folder)).variable("BUCKETING", bucketing).serve();

    let (mut applied, mut failures) = (0, Vec::new());
    let mut skipped = BTreeMap::<&str, usize>::new();
    for vector in &vectors {
        if let Some(reason) = vector.reason_to_skip(other_generations) {
            *skipped.entry(reason).or_default() += 1;
            continue;
        }
        applied += 1;
        failures.extend(evaluate(&server, vector).await.err());
    }
    let passed = applied - failures.len();
    println!("flagd vectors, {bucketing}: applied {applied}, passed {passed}, skipped by reason {skipped:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(applied >= at_least, "only {applied} applied");
}

async fn evaluate(server: &LocalServer, vector: &Vector) -> Result<(), String> {
    let answer = server.evaluate(&vector.flag_key, &vector.body()).await;
    check(vector, answer.status, &answer.text)
        .map_err(|problem| format!("{problem}\n  {answer:?}\n  {vector:?}"))
}

fn folder() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the vectors are is configuration of this test alone"
    )]
    let elsewhere = env::var_os("PENNON_OFREP_VECTORS");
    elsewhere.map_or_else(|| repository().join("../shared/ofrep"), PathBuf::from)
}

/// All flag files as one, since some refer to evaluators of others. Those for the selection of flag sets stay out: their
/// keys are also in other files.
fn flags(folder: &Path) -> String {
    let mut merged = json!({ "flags": {}, "$evaluators": {} });
    let mut files: Vec<_> =
        fs::read_dir(folder.join("flags")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        if file.file_name().unwrap().to_string_lossy().starts_with("selector") {
            continue;
        }
        let mut part: Map<String, Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for section in ["flags", "$evaluators"] {
            let Some(Value::Object(entries)) = part.remove(section) else { continue };
            merged[section].as_object_mut().unwrap().extend(entries);
        }
    }
    merged.to_string()
}
