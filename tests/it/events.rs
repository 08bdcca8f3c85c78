//! Every event in `events/`, through the same handlers and the same adapter as the Lambda binaries, over the demo environment.

use std::{collections::BTreeMap, fs, sync::Arc};

use pennon_auth::SdkKey;
use pennon_domain::{Bucketing, Definition, Scope, SystemClock};
use pennon_http::answer_event;
use pennon_store::Store;
use pennon_test_support::{EmbeddedDynamoDb, Storage};
use serde_json::Value;

use crate::support::repository;

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
    let store = demo(&dynamodb).await;
    let events = repository().join("events");
    let expected = fs::read_to_string(events.join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&expected).unwrap();

    let mut wrong = Vec::new();
    for (case, expected) in &expected {
        let event = fs::read_to_string(events.join(case).with_extension("json")).unwrap();
        let answer = answer(&store, case, &event).await;
        wrong.extend(
            differences(&answer, expected).into_iter().map(|difference| format!("{case}: {difference}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_has_an_expectation_and_every_function_events() {
    let events = repository().join("events");
    let expected = fs::read_to_string(events.join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_str(&expected).unwrap();
    let mut found = Vec::new();
    for function in fs::read_dir(repository().join("functions")).unwrap() {
        let function = function.unwrap().file_name().into_string().unwrap();
        let before = found.len();
        for event in fs::read_dir(events.join(&function)).unwrap() {
            let event = event.unwrap().path();
            found.push(format!("{function}/{}", event.file_stem().unwrap().to_str().unwrap()));
        }
        assert!(found.len() > before, "{function} has no events");
    }
    found.sort();
    assert_eq!(found, expected.into_keys().collect::<Vec<_>>());
}

async fn demo(dynamodb: &EmbeddedDynamoDb) -> Store {
    let store = Store::new(dynamodb.client(), pennon_store::Config::default(), Arc::new(SystemClock));
    store.create_tables().await.unwrap();
    let key = SdkKey::parse(pennon_local::SDK_KEY).unwrap();
    let keys = BTreeMap::from([key.record(Scope::Server, None)]);
    let definition = Definition::parse(pennon_local::DEMO).unwrap();
    store.publish(key.environment(), &definition, Bucketing::V3, &keys).await.unwrap();
    store
}

async fn answer(store: &Store, case: &str, event: &str) -> Value {
    let store = store.clone();
    let (function, _) = case.split_once('/').unwrap();
    let answer = match function {
        "evaluate-flag" => answer_event(&evaluate_flag::ROUTE, store, evaluate_flag::handle, event).await,
        "evaluate-flags" => answer_event(&evaluate_flags::ROUTE, store, evaluate_flags::handle, event).await,
        "get-snapshot" => answer_event(&get_snapshot::ROUTE, store, get_snapshot::handle, event).await,
        "health" => answer_event(&health::ROUTE, (), health::handle, event).await,
        "ready" => answer_event(&ready::ROUTE, store, ready::handle, event).await,
        other => panic!("no function is called {other}"),
    };
    serde_json::from_str(&answer.unwrap()).unwrap()
}

/// What an answer lacks of what is expected of it.
fn differences(answer: &Value, expected: &Value) -> Vec<String> {
    let body = answer["body"].as_str().unwrap_or_default();
    let mut differences = Vec::new();
    if answer["statusCode"] != expected["status"] {
        differences.push(format!("status {}, not {}: {body}", answer["statusCode"], expected["status"]));
    }
    for text in expected["contains"].as_array().into_iter().flatten() {
        if !body.contains(text.as_str().unwrap()) {
            differences.push(format!("{text} is not in {body}"));
        }
    }
    for (member, value) in expected["body"].as_object().into_iter().flatten() {
        let parsed: Value = serde_json::from_str(body).unwrap_or_default();
        if parsed.get(member) != Some(value) {
            differences.push(format!("{member} is not {value} in {body}"));
        }
    }
    differences
}
