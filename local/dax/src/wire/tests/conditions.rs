//! Expressions become text that means the same.

use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::{DecodeError, Encoder};
use dax_client::protocol::expression::{
    Kind, Substitutions, encode_condition, encode_projection, encode_update, operation, parse_condition,
    parse_update,
};
use dax_client::protocol::value;
use serde_json::{Value, json};

use super::super::CallError;
use super::super::expression::{Placeholders, decode_projection};
use super::json::{attribute_json, unhex};
use super::normal::{normal, substituted};

const EXPRESSIONS: &str = include_str!("../../../../../shared/dax/vectors/expressions.json");

/// The text of a blob with names and values in it.
fn read(kind: &str, blob: &[u8]) -> Result<String, DecodeError> {
    let mut placeholders = Placeholders::default();
    let text = match kind {
        "Update" => placeholders.update(Some(blob)),
        _ => placeholders.condition(Some(blob)),
    }?;
    let (names, values) = placeholders.into_maps();
    let values: serde_json::Map<_, _> =
        values.unwrap_or_default().iter().map(|(key, value)| (key.clone(), attribute_json(value))).collect();
    Ok(substituted(&text.unwrap(), Some(&json!(names.unwrap_or_default())), Some(&values.into())))
}

#[test]
fn recorded_expressions_mean_what_their_text_says() {
    let vectors: Value = serde_json::from_str(EXPRESSIONS).unwrap();
    let mut compared = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let (kind, text) = (vector["kind"].as_str().unwrap(), vector["expression"].as_str().unwrap());
        if kind == "Projection" {
            continue;
        }
        let printed = || match kind {
            "Update" => in_sections(text),
            _ => parse_condition(Kind::Condition, text).unwrap().to_string(),
        };
        for client in ["python", "node"] {
            let blob = vector[client]
                .as_str()
                .filter(|blob| !blob.is_empty() && blob.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let Some(blob) = blob else { continue };
            let given = substituted(&printed(), Some(&vector["names"]), Some(&vector["values"]));
            assert_eq!(
                comparable(&read(kind, &unhex(blob)).unwrap()),
                comparable(&given),
                "{client}: {text}"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 114);
}

/// The update with each keyword once, as long as its actions come one after another.
fn in_sections(text: &str) -> String {
    let mut sections: Vec<(String, String)> = Vec::new();
    for action in parse_update(text).unwrap() {
        let action = action.to_string();
        let (keyword, action) = action.split_once(' ').unwrap();
        match sections.last_mut() {
            Some((last, section)) if last == keyword => section.extend([", ", action]),
            _ => sections.push((keyword.to_owned(), action.to_owned())),
        }
    }
    let sections: Vec<_> = sections.into_iter().map(|(keyword, section)| keyword + " " + &section).collect();
    sections.join(" ")
}

fn comparable(text: &str) -> String {
    text.to_lowercase()
}

#[test]
fn projections_are_the_paths_of_their_text() {
    let vectors: Value = serde_json::from_str(EXPRESSIONS).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    let projected = vectors.iter().filter(|vector| vector["kind"] == "Projection" && vector["same"] == true);
    for vector in
        projected.filter(|vector| vector["python"].as_str().is_some_and(|blob| !blob.starts_with("ERR")))
    {
        let blob = unhex(vector["python"].as_str().unwrap());
        let paths = decode_projection(&blob).unwrap();
        assert_eq!(paths.len(), vector["expression"].as_str().unwrap().split(',').count());
    }
    let path = decode_projection(b"\x82\x01\x81\x84\x12\x61d\xd9\x0c\xfc\x03\x63a.b").unwrap();
    assert_eq!(format!("{path:?}"), r#"[DocumentPath { root: "d", steps: [Index(3), Member("a.b")] }]"#);
}

#[test]
fn paths_that_cannot_both_be_asked_for_are_refused() {
    let refused = |text: &str| {
        let (names, mut blob) = ([("#a".to_owned(), "a".to_owned())].into(), Vec::new());
        let mut substitutions = Substitutions::new(Some(&names), None).unwrap();
        encode_projection(text, &mut substitutions, &mut Encoder::new(&mut blob)).unwrap();
        match decode_projection(&blob) {
            Ok(paths) => format!("{} paths", paths.len()),
            Err(CallError::Refused(error)) => error.message.rsplit_once("; must").unwrap().1.to_owned(),
            Err(error) => panic!("{error}"),
        }
    };
    let rest = " remove or rewrite one of these paths; path one: ";
    assert_eq!(refused("b, #a, c, a"), format!("{rest}[a], path two: [a]"));
    assert_eq!(refused("a[1].b, c, a[1]"), format!("{rest}[a, [1]], path two: [a, [1], b]"));
    assert_eq!(refused("a[1], a.z, a.b"), format!("{rest}[a, z], path two: [a, [1]]"));
    assert_eq!(refused("a.b, a.c[0], a.c[1], ab, b.a"), "5 paths");
}

/// `[1, condition, [true]]`
fn blob(write: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut blob = Vec::new();
    let mut out = Encoder::new(&mut blob);
    out.array(3).unsigned(operation::VERSION);
    write(&mut out);
    value::encode(out.array(1), &AttributeValue::Bool(true)).unwrap();
    blob
}

/// `name = :v0`
fn comparison(out: &mut Encoder<'_>, name: &str) {
    out.array(3).unsigned(0).array(2).unsigned(operation::PATH).text(name);
    out.array(2).unsigned(operation::VALUE).unsigned(0);
}

#[test]
fn chains_may_associate_to_either_side_and_be_long() {
    const LENGTH: usize = 1000;
    let to_the_left = blob(|out| {
        for _ in 1..LENGTH {
            out.array(3).unsigned(operation::AND);
        }
        (0..LENGTH).for_each(|_| comparison(out, "a"));
    });
    let to_the_right = blob(|out| {
        for position in 0..LENGTH {
            if position + 1 < LENGTH {
                out.array(3).unsigned(operation::AND);
            }
            comparison(out, "a");
        }
    });
    let expected = vec!["a = {\"BOOL\":true}"; LENGTH].join(" AND ");
    assert_eq!(read("Condition", &to_the_left).unwrap(), expected);
    assert_eq!(read("Condition", &to_the_right).unwrap(), expected);
}

#[test]
fn only_what_needs_parentheses_has_them() {
    let mixed = blob(|out| {
        out.array(3).unsigned(operation::AND);
        out.array(2).unsigned(operation::NOT).array(3).unsigned(operation::OR);
        comparison(out, "a");
        out.array(2).unsigned(operation::NOT);
        comparison(out, "b");
        out.array(3).unsigned(operation::OR);
        comparison(out, "c");
        out.array(3).unsigned(operation::AND);
        comparison(out, "d");
        comparison(out, "e");
    });
    let text = read("Condition", &mixed).unwrap().replace("{\"BOOL\":true}", "1");
    assert_eq!(text, "NOT (a = 1 OR NOT b = 1) AND (c = 1 OR d = 1 AND e = 1)");
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| {
        blob(|out| {
            for _ in 0..depth {
                out.array(2).unsigned(operation::NOT);
            }
            comparison(out, "a");
        })
    };
    assert!(read("Condition", &nested(255)).is_ok());
    assert_eq!(read("Condition", &nested(256)), Err(DecodeError::TooDeep));
    assert_eq!(read("Condition", &nested(100_000)), Err(DecodeError::TooDeep));
}

#[test]
fn actions_of_a_kind_are_one_section() {
    let update = blob(|out| {
        out.array(3);
        for (name, action) in [("a", operation::SET), ("b", operation::ADD), ("c", operation::SET)] {
            out.array(3).unsigned(action).array(2).unsigned(operation::PATH).text(name);
            out.array(2).unsigned(operation::VALUE).unsigned(0);
        }
    });
    let text = read("Update", &update).unwrap().replace("{\"BOOL\":true}", "1");
    assert_eq!(text, "SET a = 1, c = 1 ADD b 1");
}

#[test]
fn expressions_of_a_request_share_names_but_not_values() {
    let condition = |name| blob(|out| comparison(out, name));
    let mut placeholders = Placeholders::default();
    let mut read = |name| placeholders.condition(Some(&condition(name))).unwrap().unwrap();
    assert_eq!([read("a"), read("b"), read("a")], ["#n0 = :v0", "#n1 = :v1", "#n0 = :v2"]);
    let (names, values) = placeholders.into_maps();
    assert_eq!((names.unwrap().len(), values.unwrap().len()), (2, 3));
    assert_eq!(Placeholders::default().into_maps(), (None, None));
}

#[test]
fn values_that_nothing_refers_to_are_dropped_and_those_that_are_missing_refused() {
    let refers_to = |position: u64| {
        blob(|out| {
            out.array(3).unsigned(0).array(2).unsigned(operation::PATH).text("a");
            out.array(2).unsigned(operation::VALUE).unsigned(position);
        })
    };
    assert!(read("Condition", &refers_to(0)).is_ok());
    assert_eq!(read("Condition", &refers_to(1)), Err(DecodeError::Malformed("a value of an expression")));
    assert!(read("Condition", &refers_to(u64::MAX)).is_err());
    let exists = blob(|out| {
        out.array(2).unsigned(11).array(2).unsigned(operation::PATH).text("a");
    });
    assert_eq!(read("Condition", &exists).unwrap(), "attribute_exists(a)");
}

#[test]
fn the_clients_own_text_comes_back() {
    let names = [("#s".to_owned(), "set".to_owned())].into();
    let values = [(":v".to_owned(), AttributeValue::N("1".to_owned()))].into();
    let mut substitutions = Substitutions::new(Some(&names), Some(&values)).unwrap();
    let mut blob = Vec::new();
    let condition = "size(a.#s[7]) IN (:v, b) OR a BETWEEN :v AND :v";
    encode_condition(Kind::Filter, condition, &mut substitutions, &mut Encoder::new(&mut blob)).unwrap();
    let one = normal(&json!({"N": "1"})).to_string();
    let expected = condition.replace("#s", "set").replace(":v", &one);
    assert_eq!(read("Condition", &blob).unwrap(), expected);

    blob.clear();
    let update = "SET a = if_not_exists(a, :v) + :v, b = list_append(b, c) REMOVE #s[0]";
    encode_update(update, &mut substitutions, &mut Encoder::new(&mut blob)).unwrap();
    assert_eq!(read("Update", &blob).unwrap(), update.replace("#s", "set").replace(":v", &one));
}
