//! One form for what the clients answer: sets in order, numbers as DynamoDB writes them, binary values as hex.

use serde_json::{Map, Value, json};

use super::json::with_floats;

/// The value with its sets sorted and its numbers in one form. Counts and capacities become floats, for Python writes
/// `1.0` where Node writes `1`.
pub(super) fn canonical(value: &Value) -> Value {
    of_attributes(&with_floats(value))
}

fn of_attributes(value: &Value) -> Value {
    match value {
        Value::Object(members) => object(members),
        Value::Array(elements) => elements.iter().map(of_attributes).collect(),
        other => other.clone(),
    }
}

fn object(members: &Map<String, Value>) -> Value {
    let canonical = members.iter().map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("N", Value::String(number)) => json!(plain(number)),
            ("NS", Value::Array(numbers)) => {
                sorted(numbers.iter().map(|number| plain(number.as_str().unwrap_or_default())))
            }
            // DynamoDB gives no order to the tables of a batch.
            ("ConsumedCapacity", Value::Array(tables)) => by_table(tables),
            ("SS" | "BS", Value::Array(texts)) => {
                sorted(texts.iter().map(|text| text.as_str().unwrap_or_default().to_owned()))
            }
            _ => of_attributes(value),
        };
        (name.clone(), value)
    });
    Value::Object(canonical.collect())
}

fn by_table(capacities: &[Value]) -> Value {
    let mut capacities = capacities.to_vec();
    capacities.sort_by_key(|capacity| capacity["TableName"].as_str().map(str::to_owned));
    capacities.into()
}

fn sorted(elements: impl Iterator<Item = String>) -> Value {
    let mut elements: Vec<_> = elements.collect();
    elements.sort();
    elements.into()
}

/// The number without exponent, and without zeros that say nothing.
fn plain(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().expect("an exponent");
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).expect("a number of at most 38 digits") + exponent;
    let before = usize::try_from(point).unwrap_or(0);
    let after = usize::try_from(-point).unwrap_or(0);
    let digits = format!("{}{digits}{}", "0".repeat(after), "0".repeat(before.saturating_sub(digits.len())));
    let (whole, fraction) = digits.split_at(before);
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    match (whole, fraction) {
        ("", "") => "0".to_owned(),
        ("", fraction) => format!("{sign}0.{fraction}"),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

#[test]
fn numbers_have_one_form() {
    for (number, expected) in [
        ("0", "0"),
        ("-0.0", "0"),
        ("00100", "100"),
        ("15E9", "15000000000"),
        ("1.5E10", "15000000000"),
        ("1e-5", "0.00001"),
        ("-3.50", "-3.5"),
        ("9.9999e+4", "99999"),
        ("9.9999e+3", "9999.9"),
        ("123456.789", "123456.789"),
    ] {
        assert_eq!(plain(number), expected);
    }
}

#[test]
fn sets_are_sorted_at_any_depth_and_lists_are_not() {
    let value = json!({"L": [{"SS": ["b", "a"]}, {"NS": ["2.50", "1"]}, {"N": "1.0"}], "Count": 2});
    let expected = json!({"L": [{"SS": ["a", "b"]}, {"NS": ["1", "2.5"]}, {"N": "1"}], "Count": 2.0});
    assert_eq!(canonical(&value), expected);
}
