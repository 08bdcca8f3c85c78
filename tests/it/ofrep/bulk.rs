//! `POST /ofrep/v1/evaluate/flags`.

use serde_json::{Value, json, value::RawValue};

use super::{BULK, CONTEXTS, server};
use crate::support::{Answer, LocalServer, every_kind, send};

#[derive(serde::Deserialize)]
struct Bulk<'a> {
    #[serde(borrow)]
    flags: Vec<&'a RawValue>,
    metadata: Value,
}

#[tokio::test]
async fn all_flags_come_sorted_by_key_with_the_metadata_of_the_set() {
    let answer = server().evaluate_all("").await;
    let body = answer.json();
    let keys: Vec<_> =
        body["flags"].as_array().unwrap().iter().map(|flag| flag["key"].as_str().unwrap()).collect();
    let all = every_kind();
    let mut expected: Vec<_> = all["flags"].as_object().unwrap().keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(body["metadata"], json!({ "set": "every-kind" }));
}

#[tokio::test]
async fn every_flag_is_byte_for_byte_what_it_is_alone() {
    let server = server();
    for context in CONTEXTS {
        let compared = assert_equals_the_singles(&server, context).await;
        assert_eq!(compared, every_kind()["flags"].as_object().unwrap().len());
    }
}

#[tokio::test]
async fn one_failing_flag_fails_alone() {
    let answer = server().evaluate_all("").await;
    let body = answer.json();
    let failed: Vec<_> =
        body["flags"].as_array().unwrap().iter().filter(|flag| flag.get("errorCode").is_some()).collect();
    assert_eq!((answer.status, failed.len()), (200, 1), "{answer:#?}");
    assert_eq!((&failed[0]["key"], &failed[0]["errorCode"]), (&json!("no-such-variant"), &json!("GENERAL")));
}

#[tokio::test]
async fn an_environment_without_flags_has_an_empty_answer() {
    let server = LocalServer::with_flags(r#"{"flags":{}}"#);
    let answer = server.evaluate_all("").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "flags": [], "metadata": {} })));
}

#[tokio::test]
async fn a_slash_behind_or_in_front_does_not_matter() {
    let server = server();
    let plain = server.evaluate_all("").await;
    for path in ["/ofrep/v1/evaluate/flags/", "//ofrep/v1/evaluate/flags", "//ofrep/v1/evaluate/flags/"] {
        let answer = send(server.post(path)).await;
        assert_eq!((answer.status, &answer.text), (200, &plain.text), "{path}");
    }
    assert_eq!(send(server.post(&format!("{BULK}?unknown=1"))).await.text, plain.text);
}

#[tokio::test]
async fn answers_are_for_the_caller_alone_and_say_what_version_they_are_of() {
    let answer = server().evaluate_all("").await;
    let cache_control = answer.header("cache-control").unwrap();
    assert!(cache_control.contains("private") && cache_control.contains("no-cache"), "{cache_control}");
    assert_eq!(answer.header("pennon-version"), Some("1"));
}

/// Evaluates every flag together and one by one; gives how many there are.
pub(super) async fn assert_equals_the_singles(server: &LocalServer, context: &str) -> usize {
    let Answer { text, .. } = server.evaluate_all(context).await;
    let bulk: Bulk<'_> = serde_json::from_str(&text).unwrap();
    assert!(bulk.metadata.is_object());
    for flag in &bulk.flags {
        let parsed: Value = serde_json::from_str(flag.get()).unwrap();
        let single = server.evaluate(parsed["key"].as_str().unwrap(), context).await;
        assert_eq!(single.text, flag.get(), "{context}");
        assert_eq!(single.status == 200, parsed.get("errorCode").is_none(), "{context}");
    }
    bulk.flags.len()
}
