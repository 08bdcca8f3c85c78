//! An expression from anyone: refused with a place in its text, or it prints to the same expression and is encoded as
//! one value.
//!
//! The first byte is what kind of expression it is; the rest is its text.

#![no_main]

use std::collections::HashMap;
use std::sync::LazyLock;

use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::{DecodeError, Decoder, Encoder};
use dax_client::protocol::expression::{
    ExpressionError, Kind, MAX_LENGTH, Substitutions, encode_condition, encode_projection, encode_update,
    parse_condition, parse_projection, parse_update,
};
use libfuzzer_sys::fuzz_target;

/// What the placeholders of the seeds stand for.
static NAMES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    ["#x", "#x1", "#y", "#a", "#p", "#s"].map(|key| (key.to_owned(), format!("{key} name"))).into()
});
static VALUES: LazyLock<HashMap<String, AttributeValue>> = LazyLock::new(|| {
    [":v", ":w", ":lo", ":hi", ":x", ":y", ":t", ":p", ":n", ":z", ":e", ":s", ":a", ":b"]
        .map(|key| (key.to_owned(), AttributeValue::N("1.5".to_owned())))
        .into()
});

fuzz_target!(|input: &[u8]| {
    let [kind, text @ ..] = input else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let kind = match kind % 5 {
        0 => Kind::Condition,
        1 => Kind::Filter,
        2 => Kind::KeyCondition,
        3 => Kind::Projection,
        _ => Kind::Update,
    };
    match printed(kind, text) {
        // With all its spaces, the canonical form may be longer than an expression can be.
        Ok(canonical) if canonical.len() > MAX_LENGTH => drop(encoded(kind, text)),
        Ok(canonical) => {
            assert_eq!(printed(kind, &canonical).as_ref(), Ok(&canonical), "what is printed says the same");
            assert_eq!(encoded(kind, &canonical), encoded(kind, text), "and is encoded alike");
        }
        Err(error) => {
            assert_place(text, &error);
            assert_eq!(encoded(kind, text), Err(error));
        }
    }
});

/// The expression in its canonical form.
fn printed(kind: Kind, text: &str) -> Result<String, ExpressionError> {
    match kind {
        Kind::Projection => parse_projection(text).map(|paths| join(&paths, ", ")),
        Kind::Update => parse_update(text).map(|actions| join(&actions, " ")),
        _ => parse_condition(kind, text).map(|condition| condition.to_string()),
    }
}

fn encoded(kind: Kind, text: &str) -> Result<Vec<u8>, ExpressionError> {
    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    let mut substitutions = Substitutions::new(Some(&NAMES), Some(&VALUES))?;
    match kind {
        Kind::Projection => encode_projection(text, &mut substitutions, &mut out).map(drop)?,
        Kind::Update => encode_update(text, &mut substitutions, &mut out)?,
        _ => encode_condition(kind, text, &mut substitutions, &mut out)?,
    }
    let mut decoder = Decoder::new(&bytes);
    match decoder.skip() {
        Ok(()) => assert!(decoder.is_at_end(), "it is one value"),
        // Each AND and OR of a chain is a level.
        Err(error) => assert_eq!(error, DecodeError::TooDeep),
    }
    Ok(bytes)
}

/// A token that does not fit stands where the error says.
fn assert_place(text: &str, error: &ExpressionError) {
    let ExpressionError::Syntax { token, line, column, .. } = error else { return };
    let line = text.split('\n').nth(*line as usize - 1).expect("there is such a line");
    let rest: String = line.chars().skip(*column as usize).collect();
    assert!(rest.starts_with(token) || token == "<EOF>" || token.contains('\n'), "{token:?} in {rest:?}");
}

fn join<T: ToString>(parts: &[T], separator: &str) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}
