//! Whole values, within bounds.
//!
//! `serde_json` takes the last of two equal keys, datalogic the first: so duplicates are refused. Members are sorted by key,
//! which makes equal values equal whatever order they were written in.

use std::fmt;

use datalogic_rs::datavalue::NumberValue;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::{Json, Problem};
use crate::limits;

/// The least float whose text is short. The rules engine writes smaller ones with all their zeros, up to 345 characters.
const SHORT_FLOAT: f64 = 1e-15;
/// What such a float counts for beside itself, so that a bound on values is one on text.
const LONG_FLOAT_VALUES: usize = 8;

/// What a value may grow to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Objects and arrays inside each other.
    pub(crate) depth: usize,
    /// Values, the containers included.
    pub(crate) values: usize,
    /// Members of one object.
    pub(crate) members: usize,
}

impl Bounds {
    /// What a flag or a segment may grow to; its bytes are limited as well.
    pub(crate) const DEFINITION: Self = Self {
        depth: limits::MAX_RULE_DEPTH,
        values: limits::MAX_FLAG_BYTES,
        members: limits::MAX_FLAG_BYTES,
    };
}

/// Parses a value. Integers and floats stay distinct; integers outside of `i64` become floats.
///
/// # Errors
/// Bytes that are not JSON, a duplicate key, or a value over the bounds.
pub(crate) fn parse(json: &[u8], bounds: Bounds) -> Result<Json, Problem> {
    let mut deserializer = Deserializer::from_slice(json);
    let mut state = State::new(bounds);
    let parsed = Value { state: &mut state, depth: 0 }.deserialize(&mut deserializer);
    let value = parsed.map_err(|error| state.problem(&error))?;
    deserializer.end().map_err(|error| Problem::of(&error))?;
    Ok(value)
}

/// What one parse remembers. serde's errors carry no path, so that is kept here.
struct State {
    bounds: Bounds,
    values: usize,
    complaint: Option<String>,
    /// The steps from the place of the error up to the root, collected while the error travels up.
    way_up: Vec<String>,
}

impl State {
    fn new(bounds: Bounds) -> Self {
        Self { bounds, values: 0, complaint: None, way_up: Vec::new() }
    }

    fn problem(&mut self, error: &serde_json::Error) -> Problem {
        let problem = self.complaint.take().map_or_else(|| Problem::of(error), Problem::here);
        self.way_up.iter().fold(problem, |problem, step| problem.under(step))
    }

    fn complain<E: serde::de::Error>(&mut self, complaint: impl Into<String>) -> E {
        self.complaint = Some(complaint.into());
        E::custom("refused")
    }
}

struct Value<'s> {
    state: &'s mut State,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        self.state.values += 1;
        if self.state.values > self.state.bounds.values {
            let max = self.state.bounds.values;
            return Err(self.state.complain(format!("more than {max} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl Value<'_> {
    /// The depth of what is inside.
    fn deeper<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        let max = self.state.bounds.depth;
        if self.depth >= max {
            return Err(self.state.complain(format!("nested deeper than {max} levels")));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(NumberValue::Integer(value)))
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond i64 the rules engine only has floats")]
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        let number = i64::try_from(value).map_or(NumberValue::Float(value as f64), NumberValue::Integer);
        Ok(Json::Number(number))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        if value != 0.0 && value.abs() < SHORT_FLOAT {
            self.state.values += LONG_FLOAT_VALUES;
        }
        Ok(Json::Number(NumberValue::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut elements = Vec::new();
        loop {
            match seq.next_element_seed(Value { state: self.state, depth }) {
                Ok(Some(element)) => elements.push(element),
                Ok(None) => return Ok(Json::Array(elements)),
                Err(error) => {
                    self.state.way_up.push(elements.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Json, A::Error> {
        let depth = self.deeper()?;
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.len() >= self.state.bounds.members {
                let max = self.state.bounds.members;
                return Err(self.state.complain(format!("more than {max} members in one object")));
            }
            match map.next_value_seed(Value { state: self.state, depth }) {
                Ok(value) => members.push((key, value)),
                Err(error) => {
                    self.state.way_up.push(key);
                    return Err(error);
                }
            }
        }
        members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let duplicate = members.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(a.clone()),
            _ => None,
        });
        if let Some(key) = duplicate {
            self.state.way_up.push(key);
            return Err(self.state.complain("the key is there twice"));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { depth: 4, values: 8, members: 3 };

    fn problem(json: &str) -> (String, String) {
        let Problem { pointer, message } = parse(json.as_bytes(), BOUNDS).unwrap_err();
        (pointer, message)
    }

    #[test]
    fn integers_and_floats_stay_distinct() {
        let json = "[1,1.0,9223372036854775807,9223372036854775808,3.4028234663852886e38]";
        let Json::Array(numbers) = parse(json.as_bytes(), BOUNDS).unwrap() else { panic!() };
        let is_integer: Vec<bool> = numbers.iter().map(Json::is_i64).collect();
        assert_eq!(is_integer, [true, false, true, false, false]);
        assert_eq!(numbers[4].as_f64(), Some(f64::from(f32::MAX)));
    }

    #[test]
    fn members_are_sorted() {
        let value = parse(br#"{"b":1,"a":{"d":2,"c":3}}"#, BOUNDS).unwrap();
        assert_eq!(value.to_string(), r#"{"a":{"c":3,"d":2},"b":1}"#);
    }

    #[test]
    fn a_duplicate_is_refused_where_it_is() {
        let (pointer, message) = problem(r#"{"a":[0,{"k":1,"x":2,"\u006b":1}]}"#);
        assert_eq!((pointer.as_str(), message.as_str()), ("/a/1/k", "the key is there twice"));
    }

    #[test]
    fn bounds_hold() {
        assert_eq!(problem("[[[[[]]]]]"), ("/0/0/0/0".into(), "nested deeper than 4 levels".into()));
        assert_eq!(problem("[1,2,3,4,5,6,7,8]"), ("/7".into(), "more than 8 values".into()));
        assert_eq!(problem(r#"{"a":1,"b":1,"c":1,"d":1}"#).1, "more than 3 members in one object");
        assert!(parse(b"[[[[]]]]", BOUNDS).is_ok());
    }

    #[test]
    fn a_syntax_error_says_line_column_and_way() {
        let (pointer, message) = problem("{\"a\":\n[1,}]}");
        assert_eq!(pointer, "/a/1");
        assert!(message.ends_with("line 2 column 4"), "{message}");
        for json in ["", "{", "1 2", "\"\\ud800\"", "1e999", "nul", "\"\u{1}\""] {
            assert!(parse(json.as_bytes(), BOUNDS).is_err(), "{json}");
        }
        assert!(parse(b"\"\xff\"", BOUNDS).is_err());
    }
}
