//! The JSON of requests in one form, so that what means the same is the same.

use dax_client::protocol::expression::{Kind, parse_condition, parse_projection, parse_update};
use dax_client::protocol::number::Number;
use serde_json::{Map, Value};

/// The JSON of a request with its placeholders replaced, its numbers in their one form, its sets sorted, and without what
/// is as if it were not there.
pub(super) fn normal(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(normal).collect(),
        Value::Object(map) => {
            let members = map.iter().filter_map(|(key, value)| Some((key.clone(), member(map, key, value)?)));
            members.collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn member(map: &Map<String, Value>, key: &str, value: &Value) -> Option<Value> {
    let as_if_absent = match key {
        "ExpressionAttributeNames" | "ExpressionAttributeValues" => true,
        "ConsistentRead" => value == false,
        "ScanIndexForward" => value == true,
        _ if key.starts_with("Return") => value == "NONE",
        _ => false,
    };
    let in_one_form = |number: &Value| match number.as_str() {
        Some(number) => Value::from(Number::parse(number).unwrap().canonical().to_string()),
        None => number.clone(),
    };
    match (key, value) {
        _ if as_if_absent => None,
        ("N", Value::String(_)) => Some(in_one_form(value)),
        ("NS" | "SS" | "BS", Value::Array(set)) => {
            let mut set: Vec<_> = set
                .iter()
                .map(|element| if key == "NS" { in_one_form(element) } else { element.clone() })
                .collect();
            set.sort_by_key(Value::to_string);
            Some(set.into())
        }
        (_, Value::String(expression)) if key.ends_with("Expression") => {
            let (names, values) =
                (&map.get("ExpressionAttributeNames"), &map.get("ExpressionAttributeValues"));
            Some(substituted(&printed(key, expression), *names, *values).into())
        }
        _ => Some(normal(value)),
    }
}

/// The expression with the white space and the parentheses that it needs.
fn printed(parameter: &str, expression: &str) -> String {
    match parameter {
        "ProjectionExpression" => {
            let paths = parse_projection(expression).unwrap();
            paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        "UpdateExpression" => {
            let actions = parse_update(expression).unwrap();
            actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        }
        _ => parse_condition(Kind::Condition, expression).unwrap().to_string(),
    }
}

/// The expression with names and values in place of what stands for them.
pub(super) fn substituted(expression: &str, names: Option<&Value>, values: Option<&Value>) -> String {
    let mut text = String::new();
    let mut rest = expression;
    while let Some(start) = rest.find(['#', ':']) {
        let (before, placeholder) = rest.split_at(start);
        let is_end = |character: char| !character.is_alphanumeric() && character != '_';
        let length = placeholder[1..].find(is_end).map_or(placeholder.len(), |end| end + 1);
        let (placeholder, after) = placeholder.split_at(length);
        text.push_str(before);
        match names.and_then(|names| names[placeholder].as_str()) {
            Some(name) => text.push_str(name),
            None => text.push_str(&normal(&values.unwrap()[placeholder]).to_string()),
        }
        rest = after;
    }
    text + rest
}
