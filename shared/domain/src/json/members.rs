//! One level of an object or array, with the text of what is below.

use std::fmt;

use serde::{
    Deserializer as _,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};

use super::Problem;

/// The members of an object, in the order of the text. Everything below is checked for syntax.
///
/// # Errors
/// When the text is no JSON object. Duplicates are not looked for here.
pub(crate) fn members(json: &str) -> Result<Vec<(String, &str)>, Problem> {
    let mut deserializer = Deserializer::from_str(json);
    let members = deserializer.deserialize_map(Members).map_err(|error| Problem::of(&error))?;
    deserializer.end().map_err(|error| Problem::of(&error))?;
    Ok(members)
}

/// The elements of an array.
///
/// # Errors
/// When the text is no JSON array.
pub(crate) fn elements(json: &str) -> Result<Vec<&str>, Problem> {
    let mut deserializer = Deserializer::from_str(json);
    let elements = deserializer.deserialize_seq(Elements).map_err(|error| Problem::of(&error))?;
    deserializer.end().map_err(|error| Problem::of(&error))?;
    Ok(elements)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key()? {
            let value: &'de RawValue = map.next_value()?;
            members.push((key, value.get()));
        }
        Ok(members)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(value) = seq.next_element::<&'de RawValue>()? {
            elements.push(value.get());
        }
        Ok(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_level_is_taken_apart() {
        let found = members(r#"{"b":{"x":1.0},"\u0061":[ 2 ]}"#).unwrap();
        assert_eq!(found, [("b".to_owned(), r#"{"x":1.0}"#), ("a".to_owned(), "[ 2 ]")]);
        assert_eq!(elements("[1.0, {}]").unwrap(), ["1.0", "{}"]);
    }

    #[test]
    fn a_syntax_error_says_line_and_column() {
        let problem = members("{\"a\":1,\n\"b\"}").unwrap_err();
        assert!(problem.message.contains("line 2 column 4"), "{problem:?}");
    }

    #[test]
    fn another_type_is_no_object() {
        for json in ["[]", "\"secret\"", "1", "null"] {
            assert_eq!(members(json).unwrap_err(), Problem::here("not of the expected type"), "{json}");
        }
        assert!(elements("{}").is_err());
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let json = format!("{{\"a\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(members(&json).unwrap().len(), 1);
    }
}
