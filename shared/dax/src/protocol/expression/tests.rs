//! The parser by properties: whatever the text is, it is refused or understood, and what it prints means the same.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use proptest::prelude::*;

use super::*;
use crate::protocol::cbor::{Decoder, Encoder};

/// Text that follows the grammar of paths. No name is a keyword, such as `and`.
fn path() -> impl Strategy<Value = String> {
    let step = prop_oneof!["\\.(a|[bc][a-z0-9_]{0,3})", "\\.#[a-z]{1,2}", "\\[(0|[1-9][0-9]{0,3})\\]"];
    let root = prop_oneof!["a|[bc][A-Z0-9_]{0,3}", "#[a-z0-9]{1,2}"];
    (root, prop::collection::vec(step, 0..4)).prop_map(|(root, steps)| root + &steps.concat())
}

/// Text that follows the grammar of operands.
fn operand() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![3 => path(), 2 => ":[a-d]", 1 => path().prop_map(|path| format!("( {path})"))];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop::collection::vec(inner, 1..3).prop_map(|operands| format!("Size({})", operands.join(" ,")))
    })
}

/// Text that follows the grammar of conditions, but for parentheses around parentheses.
fn condition() -> impl Strategy<Value = String> {
    let comparator = prop::sample::select(vec!["=", "<>", "<", "<=", ">", ">="]);
    let choices = prop::collection::vec(operand(), 1..4).prop_map(|choices| choices.join(", "));
    let leaf = prop_oneof![
        (operand(), comparator, operand())
            .prop_map(|(left, operator, right)| format!("{left}{operator}{right}")),
        (operand(), operand(), operand())
            .prop_map(|(of, low, high)| format!("{of} BETWEEN {low} and {high}")),
        (operand(), choices).prop_map(|(of, choices)| format!("{of} In({choices})")),
        (path(), ":[a-d]").prop_map(|(path, value)| format!("begins_with ({path}, {value})")),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|condition| format!("NOT {condition}")),
            inner.clone().prop_map(|condition| format!("NOT ({condition} AND a = b)")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|conditions| conditions.join(" AND ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|conditions| conditions.join("\nor ")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("({left} OR {right}) AND a <> :b")),
        ]
    })
}

/// Text that follows the grammar of updates.
fn update() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        operand(),
        (operand(), operand()).prop_map(|(left, right)| format!("{left} + {right}")),
        (operand(), operand()).prop_map(|(left, right)| format!("({left}-{right})")),
    ];
    let section = prop_oneof![
        prop::collection::vec((path(), value).prop_map(|(path, value)| format!("{path} = {value}")), 1..3)
            .prop_map(|sets| format!("SET {}", sets.join(", "))),
        prop::collection::vec(path(), 1..3).prop_map(|paths| format!("remove {}", paths.join(","))),
        (path(), ":[a-d]").prop_map(|(path, value)| format!("ADD {path} {value}")),
        (path(), ":[a-d]").prop_map(|(path, value)| format!("Delete {path} {value}")),
    ];
    prop::collection::vec(section, 1..4).prop_map(|sections| sections.join(" "))
}

/// Text made of what expressions are made of.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        prop::sample::select(vec![
            "AND",
            "OR",
            "NOT",
            "IN",
            "BETWEEN",
            "SET",
            "REMOVE",
            "ADD",
            "DELETE",
            "(",
            ")",
            "[",
            "]",
            ".",
            ",",
            "=",
            "<>",
            "<",
            "+",
            "-",
            "0",
            "17",
            "99999999999999999999",
            "size",
            "a",
            "#a",
            ":a",
            "\"",
            "'x'",
            "é",
            "\n",
        ])
        .prop_map(str::to_owned),
        operand(),
    ];
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.join(" "))
}

fn printed(actions: &[Action<'_>]) -> String {
    actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in prop_oneof![any::<String>(), tokens()]) {
        let _ = parse_condition(Kind::Condition, &text);
        let _ = parse_update(&text);
        let _ = parse_projection(&text);
    }

    #[test]
    fn what_is_refused_names_a_place_in_the_text(text in tokens()) {
        let Err(ExpressionError::Syntax { token, line, column, .. }) = parse_condition(Kind::Filter, &text) else {
            return Ok(());
        };
        let line = usize::try_from(line).unwrap();
        // With what follows the line, as text in quotes may go on in the next one.
        let from_line = text.splitn(line, '\n').nth(line - 1).unwrap();
        let rest: String = from_line.chars().skip(usize::try_from(column).unwrap()).collect();
        prop_assert!(token == "<EOF>" && rest.is_empty() || rest.starts_with(&token), "{token:?} at {rest:?}");
    }

    #[test]
    fn a_printed_condition_is_the_same_condition(text in condition()) {
        let condition = parse_condition(Kind::Condition, &text).unwrap();
        let printed = condition.to_string();
        prop_assert_eq!(parse_condition(Kind::Condition, &printed).unwrap(), condition);
    }

    #[test]
    fn a_printed_update_is_the_same_update(text in update()) {
        let actions = parse_update(&text).unwrap();
        let printed = printed(&actions);
        prop_assert_eq!(parse_update(&printed).unwrap(), actions);
    }

    #[test]
    fn a_printed_projection_is_the_same_projection(paths in prop::collection::vec(path(), 1..6)) {
        let text = paths.join(" , ");
        let parsed = parse_projection(&text).unwrap();
        prop_assert_eq!(parsed.iter().map(ToString::to_string).collect::<Vec<_>>(), paths);
    }

    #[test]
    fn what_is_encoded_is_one_value(text in prop_oneof![condition(), tokens()]) {
        let names: HashMap<_, _> = ('a'..='z').map(|name| (format!("#{name}"), name.to_string())).collect();
        let values = ('a'..='d').map(|name| (format!(":{name}"), AttributeValue::N("1.5".to_owned()))).collect();
        let mut substitutions = Substitutions::new(Some(&names), Some(&values)).unwrap();
        let mut buffer = Vec::new();
        let result = encode_condition(Kind::Filter, &text, &mut substitutions, &mut Encoder::new(&mut buffer));
        if result.is_ok() {
            let mut decoder = Decoder::new(&buffer);
            decoder.skip().unwrap();
            decoder.finish().unwrap();
        }
    }
}

#[test]
fn depth_is_bounded_for_each_thing_that_nests() {
    for (open, middle, close) in [("NOT (", "a = b", ")"), ("NOT ", "a = b", ""), ("size(", "a", ")")] {
        let nested = |depth| format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        let deepest = if open == "NOT (" { MAX_DEPTH / 2 } else { MAX_DEPTH };
        let suffix = if middle == "a" { " = b" } else { "" };
        assert!(parse_condition(Kind::Condition, &(nested(deepest) + suffix)).is_ok(), "{open}");
        assert_eq!(
            parse_condition(Kind::Condition, &(nested(deepest + 1) + suffix)),
            Err(ExpressionError::TooDeep(Kind::Condition)),
            "{open}"
        );
    }
}

#[test]
fn length_is_bounded() {
    let longest = "a".repeat(MAX_LENGTH);
    assert!(parse_projection(&longest).is_ok());
    assert_eq!(parse_projection(&(longest + "a")), Err(ExpressionError::TooLong(Kind::Projection)));
    assert_eq!(parse_update(""), Err(ExpressionError::Empty(Kind::Update)));
}

#[test]
fn an_index_that_is_no_number_of_this_world_is_refused() {
    let error = parse_projection("a[99999999999999999999]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid ProjectionExpression: List index is not within the allowable range; index: [99999999999999999999]"
    );
}

#[test]
fn parentheses_group_and_are_forgotten() {
    let same = [
        ("(a) = (b)", "a = b"),
        ("(a = b) AND ((c = d) OR e = f)", "a = b AND (c = d OR e = f)"),
        ("(size(a)) > b", "size(a) > b"),
        ("NOT (NOT a = b)", "NOT NOT a = b"),
    ];
    for (text, expected) in same {
        assert_eq!(parse_condition(Kind::Condition, text).unwrap().to_string(), expected);
    }
}

#[test]
fn two_pairs_of_parentheses_around_one_thing_are_refused() {
    let redundant = Err(ExpressionError::RedundantParentheses(Kind::Condition));
    for text in ["((a = b))", "((a)) = b", "a = ((b))", "NOT ((a = b))", "size(((a))) > b"] {
        assert_eq!(parse_condition(Kind::Condition, text), redundant, "{text}");
    }
    let redundant = Err(ExpressionError::RedundantParentheses(Kind::Update));
    for text in ["SET a = ((b))", "SET a = ((b + c))"] {
        assert_eq!(parse_update(text), redundant, "{text}");
    }
}

#[test]
fn keys_of_names_and_values_must_be_placeholders() {
    let names = |key: &str| HashMap::from([(key.to_owned(), "x".to_owned())]);
    for key in ["a", "#", "#a b", ":a", ""] {
        let error = Substitutions::new(Some(&names(key)), None).map(drop).unwrap_err();
        assert!(matches!(error, ExpressionError::InvalidKey { .. }), "{key}: {error}");
    }
    let empty = Substitutions::new(Some(&HashMap::new()), None).map(drop).unwrap_err();
    assert_eq!(empty.to_string(), "ExpressionAttributeNames must not be empty");
}

#[test]
fn names_and_values_are_used_by_any_expression_of_the_request() {
    let names = HashMap::from([("#a".to_owned(), "a".to_owned()), ("#b".to_owned(), "b".to_owned())]);
    let mut substitutions = Substitutions::new(Some(&names), None).unwrap();
    let mut buffer = Vec::new();
    let mut out = Encoder::new(&mut buffer);
    encode_condition(Kind::Filter, "attribute_exists(#a)", &mut substitutions, &mut out).unwrap();
    encode_projection("#b", &mut substitutions, &mut out).unwrap();
    assert_eq!(substitutions.finish(true), Ok(()));

    let unused = Substitutions::new(Some(&names), None).unwrap().finish(true).unwrap_err();
    assert_eq!(
        unused.to_string(),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"
    );
}
