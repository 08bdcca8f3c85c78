use std::time::{Duration, Instant};

use super::*;
use crate::{Bucketing, Context, Definition, Evaluation, Ruleset, Scope, Timestamp};

/// Makes a rule of a given size.
type RuleOfSize = Box<dyn Fn(usize) -> String>;

fn accepted(rule: &str) -> bool {
    check(&Json::from_json(rule).unwrap()).is_ok()
}

fn repeated(count: usize, outer: &str, inner: &str) -> String {
    format!(r#"{{"{outer}":[{}]}}"#, vec![inner; count].join(","))
}

/// `{"some": [[...], {"some": [[...], ... ]}]}`: literals inside each other.
fn nested_literals(items: usize, levels: usize) -> String {
    let items = vec!["1"; items].join(",");
    let innermost = r#"{"==":[{"var":""},2]}"#.to_owned();
    (0..levels).fold(innermost, |body, _| format!(r#"{{"some":[[{items}],{body}]}}"#))
}

#[test]
fn rules_that_people_write_are_accepted() {
    let condition =
        r#"{"and":[{"in":[{"var":"country"},["DE","FR"]]},{"sem_ver":[{"var":"version"},">=","2.1.0"]}]}"#;
    let branch = format!(
        r#"{condition},{{"fractional":[{{"cat":[{{"var":"$flagd.flagKey"}},{{"var":"targetingKey"}}]}},["a",1],["b",1]]}}"#
    );
    for rule in [
        repeated(300, "if", &branch),
        repeated(1500, "or", r#"{"==":[{"var":"plan"},"pro"]}"#),
        repeated(1000, "or", r#"{"in":["admin",{"var":"roles"}]}"#),
        repeated(20, "or", r#"{"==":[{"var":"owner"},{"var":"user"}]}"#),
        repeated(20, "and", r#"{"some":[{"var":"groups"},{"in":[{"var":"name"},["a","b","c"]]}]}"#),
        r#"{"some":[{"var":"orders"},{"some":[{"var":"lines"},{"some":[{"var":"tags"},{"==":[{"var":""},"x"]}]}]}]}"#.into(),
        r#"{"<":[{"reduce":[{"var":"prices"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]},100]}"#.into(),
        r#"{"reduce":[{"filter":[{"var":"a"},{">":[{"var":"n"},1]}]},
            {"if":[{">":[{"var":"current.n"},{"var":"accumulator.n"}]},{"var":"current"},{"var":"accumulator"}]}]}"#
            .into(),
        r#"{"all":[{"map":[{"var":"a"},{"*":[{"var":""},2]}]},{"<":[{"var":""},10]}]}"#.into(),
        format!(r#"{{"some":[{{"var":"ids"}},{{"in":[{{"var":""}},[{}1]]}}]}}"#, "123456,".repeat(2000)),
        r#"{"if":[{"missing":["a","b.c"]},"x",{"missing_some":[1,["d","e"]]},"y","z"]}"#.into(),
        nested_literals(30, 3),
    ] {
        assert!(accepted(&rule), "{}", &rule[..rule.len().min(300)]);
    }
}

#[test]
fn rules_that_multiply_are_refused() {
    let doubled = |rounds: usize| {
        let body = r#"{"cat":[{"var":""},{"var":""}]}"#;
        (0..rounds).fold(r#"{"var":"x"}"#.to_owned(), |items, _| format!(r#"{{"map":[{items},{body}]}}"#))
    };
    let escaped = |rounds: usize| {
        (0..rounds).fold(r#"{"var":"x"}"#.to_owned(), |text, _| format!(r#"{{"cat":[[[{text}]]]}}"#))
    };
    for rule in [
        r#"{"reduce":[{"var":"x"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}"#.to_owned(),
        r#"{"reduce":[{"var":"x"},{"merge":[{"var":"accumulator"},{"var":"accumulator"}]},[1]]}"#.into(),
        r#"{"reduce":[{"var":"x"},{"map":[{"var":"accumulator"},{"map":[{"var":""},[{"var":""},{"var":""}]]}]},[1]]}"#.into(),
        // Copies what came before in each step.
        r#"{"reduce":[{"var":"x"},{"merge":[{"var":"accumulator"},{"var":"current"}]},[]]}"#.into(),
        // Runs when it is compiled, without any context.
        r#"{"reduce":[[1,2,3,4,5,6,7,8],{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}"#.into(),
        doubled(10),
        escaped(20),
        nested_literals(100, 4),
        nested_literals(10, 12),
        repeated(3000, "cat", r#"{"var":"x"}"#),
        repeated(3000, "merge", r#"{"var":"x"}"#),
        repeated(3000, "or", r#"{"===":[{"var":"x"},{"var":"y"}]}"#),
        format!(r#"{{"map":[{{"var":"x"}},{{"missing":[{}"a"]}}]}}"#, "\"a.b\",".repeat(5000)),
    ] {
        assert!(!accepted(&rule), "{}", &rule[..rule.len().min(300)]);
    }
}

#[test]
fn the_check_itself_takes_no_long() {
    let deep = |name: &str| (0..60).fold("1".to_owned(), |rule, _| format!(r#"{{"{name}":[1,{rule}]}}"#));
    let started = Instant::now();
    for name in ["in", "==", "cat", "var", "if", "map", "reduce", "missing", "fractional"] {
        accepted(&deep(name));
    }
    assert!(started.elapsed() < Duration::from_secs(1));
}

/// The worst of each kind that is accepted, on the context that is worst for it.
#[test]
fn what_is_accepted_ends_soon() {
    let object = |key: &str| {
        let members: Vec<String> = (0..500).map(|index| format!(r#""k{index:03}":1"#)).collect();
        format!(r#""{key}":{{{}}}"#, members.join(","))
    };
    let objects =
        format!("{{{}}}", (0..7).map(|index| object(&format!("o{index}"))).collect::<Vec<_>>().join(","));
    let text = format!(r#"{{"x":"{}"}}"#, "1".repeat(60_000));
    let items = format!(r#"{{"x":[{}1]}}"#, "1,".repeat(4_000));
    let some_of = |body: &'static str| -> RuleOfSize {
        Box::new(move |count| format!(r#"{{"some":[{{"var":"x"}},{}]}}"#, repeated(count, "or", body)))
    };
    let or = |part: &'static str| -> RuleOfSize { Box::new(move |count| repeated(count, "or", part)) };
    let worst: [(RuleOfSize, &str); 7] = [
        (or(r#"{"!==":[{"var":""},{"var":""}]}"#), &objects),
        (or(r#"{"<":[{"var":"x"},1]}"#), &text),
        (or(r#"{"in":["2",{"var":"x"}]}"#), &text),
        (Box::new(|count| repeated(count, "merge", r#"{"var":"x"}"#)), &items),
        (some_of(r#"{"in":[{"var":""},[9,8,7,6,5,4,3,2]]}"#), &items),
        (some_of(r#"{"sem_ver":[{"var":""},"=","2.0.0"]}"#), &items),
        (Box::new(|count| nested_literals(count, 3)), "{}"),
    ];
    for (rule, context) in worst {
        let most = (1..2_000).rev().step_by(31).map(&rule).find(|rule| accepted(rule)).unwrap();
        let json = format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"false":0}},"targeting":{most}}}}}}}"#
        );
        let Ok(definition) = Definition::parse(&json) else { panic!("{}", json.len()) };
        let rules = Ruleset::new(&definition, Bucketing::V3);
        let context = Context::from_ofrep_body(format!(r#"{{"context":{context}}}"#).as_bytes()).unwrap();
        let started = Instant::now();
        let outcome = rules.evaluate("f", Scope::Server, &context, Timestamp::default());
        let limit = Duration::from_millis(if cfg!(debug_assertions) { 20_000 } else { 1_000 });
        assert!(started.elapsed() < limit, "{:?} for {}", started.elapsed(), &json[..200]);
        assert!(
            !matches!(outcome, Evaluation::Failed { ref details, .. } if details.contains("cannot be used"))
        );
    }
}
