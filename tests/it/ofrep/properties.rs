//! What holds for every context.

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use super::{bulk::assert_equals_the_singles, caching::conditional, server};

/// Each case is up to twenty requests.
const CASES: u32 = 48;

#[test]
fn a_bulk_answer_is_the_single_answers_for_every_context() {
    let (server, runtime) = (server(), Runtime::new().unwrap());
    runner()
        .run(&context(), |context| {
            runtime.block_on(assert_equals_the_singles(&server, &body(&context)));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_tag_stands_for_one_answer_whatever_the_contexts() {
    let (server, runtime) = (server(), Runtime::new().unwrap());
    runner()
        .run(&(context(), context()), |(one, other)| {
            runtime.block_on(async {
                let (one, other) = (body(&one), body(&other));
                let (first, second) = (server.evaluate_all(&one).await, server.evaluate_all(&other).await);
                if first.text != second.text {
                    assert_ne!(first.etag(), second.etag());
                }
                // Asking for one with the tag of the other is a 304 only if their answers are the same.
                let asked = conditional(&server, &other, first.etag()).await;
                assert_eq!(asked.status, if first.etag() == second.etag() { 304 } else { 200 });
                assert_eq!(conditional(&server, &one, first.etag()).await.status, 304);
            });
            Ok(())
        })
        .unwrap();
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
}

fn body(context: &Map<String, Value>) -> String {
    serde_json::json!({ "context": context }).to_string()
}

/// Any object, often with the attributes that the flags look at, of the types that they expect and of others.
fn context() -> impl Strategy<Value = Map<String, Value>> {
    let known = prop_oneof![Just("targetingKey"), Just("plan"), Just("email"), Just("$flagd")]
        .prop_map(str::to_owned);
    let name = prop_oneof![3 => known, 1 => ".{0,8}"];
    let telling = prop_oneof![Just("alice"), Just("pro"), Just("free"), Just("bob@example.com"), Just("")];
    let value = prop_oneof![3 => telling.prop_map(Value::from), 1 => json()];
    btree_map(name, value, 0..6).prop_map(|members| members.into_iter().collect())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no such number", |number| number.is_finite())
            .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,6}", inner, 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
