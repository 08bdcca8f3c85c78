//! Every expression of the captured table: the same bytes, or the same complaint.

use std::collections::HashMap;

use dax_client::protocol::cbor::Encoder;
use dax_client::protocol::expression::{
    ExpressionError, Kind, Substitutions, encode_condition, encode_projection, encode_update,
};
use serde_json::Value;

use crate::json::{Item, hex, item, names};

const TABLE: &str = include_str!("../../vectors/expressions.json");

#[test]
fn expressions_are_encoded_and_refused_as_by_the_official_clients() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let rows = table["vectors"].as_array().unwrap();
    assert_eq!(rows.len(), 80);
    let same = rows.iter().filter(|row| row["same"] == true).count();
    assert_eq!(same, 49, "rows in which both clients agree on the bytes");
    for row in rows {
        let expression = row["expression"].as_str().unwrap();
        let (python, node) = (row["python"].as_str().unwrap(), row["node"].as_str().unwrap());
        match encoded(row) {
            // Where the clients differ, ours numbers each value once, writes decimals exactly and associates to the
            // right: as Python.
            Ok(bytes) => assert_eq!(hex(&bytes), python, "{expression}"),
            Err(error) => {
                assert!(python.starts_with("ERR "), "{expression} is valid, but: {error}");
                let message = node.lines().last().and_then(|line| line.split("ValidationException: ").last());
                assert_eq!(Some(error.to_string().as_str()), message, "{expression}");
            }
        }
    }
}

fn encoded(row: &Value) -> Result<Vec<u8>, ExpressionError> {
    let (names, values): (HashMap<_, _>, Item) =
        (names(&row["names"]).unwrap_or_default(), item(&row["values"]).unwrap_or_default());
    let mut substitutions = Substitutions::new(
        Some(&names).filter(|map| !map.is_empty()),
        Some(&values).filter(|map| !map.is_empty()),
    )?;
    let text = row["expression"].as_str().unwrap();
    let mut buffer = Vec::new();
    let mut out = Encoder::new(&mut buffer);
    match row["kind"].as_str().unwrap() {
        "Projection" => drop(encode_projection(text, &mut substitutions, &mut out)?),
        "Update" => encode_update(text, &mut substitutions, &mut out)?,
        "Condition" => encode_condition(Kind::Condition, text, &mut substitutions, &mut out)?,
        "Filter" => encode_condition(Kind::Filter, text, &mut substitutions, &mut out)?,
        "KeyCondition" => encode_condition(Kind::KeyCondition, text, &mut substitutions, &mut out)?,
        other => panic!("no kind of expression: {other}"),
    }
    substitutions.finish(true)?;
    Ok(buffer)
}
