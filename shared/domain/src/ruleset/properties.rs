//! What holds for whatever is sent or written.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Few names, so that rules and contexts meet.
fn name() -> impl Strategy<Value = String> {
    select(vec![
        "a",
        "b",
        "",
        "targetingKey",
        "$flagd",
        "a.b",
        "$flagd.timestamp",
        "current",
        "accumulator",
        "0",
    ])
    .prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3_i64..10).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        name().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        select(vec!["1.2.3", "v1", "=", "on", "off"]).prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((name(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let operators = vec![
        "var",
        "missing",
        "missing_some",
        "if",
        "?:",
        "and",
        "or",
        "!",
        "!!",
        "==",
        "===",
        "!=",
        "!==",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "max",
        "min",
        "in",
        "cat",
        "substr",
        "merge",
        "map",
        "filter",
        "all",
        "none",
        "some",
        "reduce",
        "fractional",
        "sem_ver",
        "starts_with",
        "ends_with",
        "$ref",
        "nope",
        "val",
    ];
    scalar().prop_recursive(6, 64, 4, move |inner| {
        prop_oneof![
            4 => (select(operators.clone()), vec(inner.clone(), 0..4)).prop_map(|(name, args)| json!({ name: args })),
            1 => (select(operators.clone()), inner.clone()).prop_map(|(name, arg)| json!({ name: arg })),
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => vec((name(), inner), 0..3).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Flags with these rules, which may refer to each other by `a` and `b`.
fn definition(rules: &[Value]) -> Definition {
    let flags: Map<String, Value> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let variants = json!({"on": 1, "off": 2, "true": 3, "false": 4, "1": 5});
            let flag = json!({"state": "ENABLED", "variants": variants, "targeting": {"if": [true, rule]}});
            (format!("f{index}"), flag)
        })
        .collect();
    let evaluators = json!({"a": rules.first(), "b": rules.last()});
    Definition::parse(&json!({"flags": flags, "$evaluators": evaluators}).to_string()).unwrap()
}

fn read(context: &Value) -> Context {
    let members = context.as_object().cloned().unwrap_or_default();
    Context::from_ofrep_body(json!({ "context": members }).to_string().as_bytes()).unwrap()
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Context::from_ofrep_body(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = Definition::parse(text);
            let _ = Ruleset::from_canonical_json(text, Bucketing::V3);
        }
    }

    #[test]
    fn no_text_that_is_nearly_json_panics(text in r#"[\[\]{}",:0-9.eE+\-\\u a-d]{0,60}"#) {
        let _ = Context::from_ofrep_body(text.as_bytes());
        let _ = Definition::parse(&format!("{{\"flags\":{text}}}"));
        let _ = Ruleset::from_canonical_json(&format!("{{\"flags\":{{\"f\":{text}}}}}"), Bucketing::V3)
            .map(|rules| format!("{:?}", rules.evaluate("f", Scope::Server, &Context::default(), NOW)));
    }

    #[test]
    fn all_at_once_is_one_by_one(rules in vec(rule(), 1..4), context in value(), v2 in any::<bool>()) {
        let definition = definition(&rules);
        let bucketing = if v2 { Bucketing::V2 } else { Bucketing::V3 };
        let (context, one) = (read(&context), Ruleset::new(&definition, bucketing));
        let other = Ruleset::from_canonical_json(&definition.to_json(), bucketing).unwrap();
        let mut all = Vec::new();
        other.evaluate_all(Scope::Server, &context, NOW, &mut |key, evaluation| all.push((key, evaluation)));
        let single: Vec<_> = definition.keys().map(|key| (key, one.evaluate(key, Scope::Server, &context, NOW))).collect();
        prop_assert_eq!(all, single);
    }

    #[test]
    fn what_does_not_read_the_clock_never_changes(rule in rule(), context in value(), now in any::<u32>()) {
        let rules = Ruleset::new(&definition(&[rule]), Bucketing::V3);
        if !rules.reads_clock() {
            let context = read(&context);
            let later = Timestamp::from_millis(u64::from(now) * 1000);
            prop_assert_eq!(rules.evaluate("f0", Scope::Server, &context, NOW), rules.evaluate("f0", Scope::Server, &context, later));
        }
    }

    #[test]
    fn an_explanation_walks_to_the_result(rule in rule(), context in value(), v2 in any::<bool>()) {
        let bucketing = if v2 { Bucketing::V2 } else { Bucketing::V3 };
        let rules = Ruleset::new(&definition(&[rule]), bucketing);
        let context = read(&context);
        let explanation: Value =
            serde_json::from_str(&rules.explain("f0", &context, NOW).unwrap().to_json()).unwrap();
        let entry = rules.entry("f0").unwrap();
        if let Some(rule) = rules.compiled(entry).rule() {
            let arena = Bump::new();
            let subject = Subject::new(&context, NOW, &arena);
            let result = rule.evaluate(subject.root("f0", &arena), bucketing, &arena);
            let expected = result.map(|result| result.to_owned().to_string());
            let walked = explanation.get("result").map(|result| {
                let cut = result.as_str().filter(|text| text.ends_with('…'));
                cut.map_or_else(|| result.to_string(), str::to_owned)
            });
            match (expected, walked) {
                (Some(expected), Some(walked)) if walked.ends_with('…') => {
                    prop_assert!(expected.starts_with(walked.trim_end_matches('…')));
                }
                (Some(expected), Some(walked)) => {
                    let expected: Value = serde_json::from_str(&expected).unwrap();
                    prop_assert_eq!(expected.to_string(), walked);
                }
                (expected, walked) => prop_assert_eq!(expected, walked),
            }
        }
    }

    #[test]
    fn equal_fingerprints_evaluate_alike(rule in rule(), one in value(), other in value()) {
        let rules = Ruleset::new(&definition(&[rule]), Bucketing::V3);
        let reversed = Value::Object(one.as_object().cloned().unwrap_or_default().into_iter().rev().collect());
        for other in [other, reversed] {
            let (one, other) = (read(&one), read(&other));
            if one.fingerprint() == other.fingerprint() {
                prop_assert_eq!(rules.evaluate("f0", Scope::Server, &one, NOW), rules.evaluate("f0", Scope::Server, &other, NOW));
            }
        }
    }

    #[test]
    fn canonical_text_is_a_fixed_point_and_the_etag_follows_it(one in vec(rule(), 0..3), other in vec(rule(), 0..3)) {
        let (one, other) = (definition(&one), definition(&other));
        let again = Definition::parse(&one.to_json()).unwrap();
        prop_assert_eq!(again.to_json(), one.to_json());
        let equal = one.to_json() == other.to_json();
        prop_assert_eq!(one.etag(Bucketing::V3) == other.etag(Bucketing::V3), equal);
    }

    #[test]
    fn warnings_point_at_what_is_there(rules in vec(rule(), 1..3)) {
        let definition = definition(&rules);
        let (warnings, text) = (definition.warnings(), definition.to_json());
        let text: Value = serde_json::from_str(&text).unwrap();
        for warning in warnings {
            prop_assert!(text.pointer(&warning.pointer).is_some(), "{warning:?}");
        }
    }
}
