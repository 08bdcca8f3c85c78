//! What the events in `events/` are answered: `events/expected.json`, read and compared.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// What an event is answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The events that come before it.
    #[serde(default)]
    pub after: Vec<String>,
    /// Of whatever answers a request.
    pub status: Option<u16>,
    /// What the function fails with, where it has no other way to refuse.
    pub error: Option<String>,
    /// Members of the answer.
    #[serde(default)]
    pub body: Map<String, Value>,
    /// Texts in the answer.
    #[serde(default)]
    pub contains: Vec<String>,
    /// The whole answer, of what answers no request.
    pub result: Option<Value>,
    /// The changes that the event bus is told of, in this order.
    #[serde(default)]
    pub published: Vec<String>,
}

impl Expected {
    /// What an answer lacks of what is expected: none if it is right. A failure is `{"error": <message>}`.
    pub fn differences(&self, answer: &Value) -> Vec<String> {
        let body = answer["body"].as_str().unwrap_or_default();
        let mut differences = Vec::new();
        if answer.get("statusCode") != self.status.map(Value::from).as_ref() {
            differences.push(format!("status {}, not {:?}: {body}", answer["statusCode"], self.status));
        }
        if answer.get("error").and_then(Value::as_str) != self.error.as_deref() {
            differences.push(format!("{answer}, not {:?}", self.error));
        }
        if let Some(result) = self.result.as_ref().filter(|result| *result != answer) {
            differences.push(format!("{answer}, not {result}"));
        }
        for text in self.contains.iter().filter(|text| !body.contains(*text)) {
            differences.push(format!("{text} is not in {body}"));
        }
        let members: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
        let missing = self.body.iter().filter(|(member, value)| members.get(*member) != Some(value));
        for (member, value) in missing {
            differences.push(format!("{member} is not {value} in {body}"));
        }
        differences
    }
}

/// What each event, `<function>/<case>`, is answered.
///
/// # Errors
/// When there is no such file, or it has something else in it.
pub fn expectations() -> io::Result<BTreeMap<String, Expected>> {
    Ok(serde_json::from_str(&fs::read_to_string(folder().join("expected.json"))?)?)
}

/// The text of an event.
///
/// # Errors
/// When there is no such event.
pub fn event(case: &str) -> io::Result<String> {
    fs::read_to_string(folder().join(case).with_extension("json"))
}

/// Whether an answer is that of a request that succeeded.
pub fn is_success(answer: &Value) -> bool {
    answer["statusCode"].as_u64().is_some_and(|status| status < 300)
}

/// Where the events are.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_is_not_as_expected_is_a_difference() {
        let expected: Expected =
            serde_json::from_value(json!({ "status": 200, "body": { "a": 1 }, "contains": ["two"] }))
                .unwrap();
        let right = json!({ "statusCode": 200, "body": r#"{"a":1,"b":"two"}"# });
        assert_eq!(expected.differences(&right), [""; 0]);
        for wrong in [
            json!({ "statusCode": 201, "body": r#"{"a":1,"b":"two"}"# }),
            json!({ "statusCode": 200, "body": r#"{"a":2,"b":"two"}"# }),
            json!({ "statusCode": 200, "body": r#"{"a":1}"# }),
            json!({ "error": "Unauthorized" }),
        ] {
            assert!(!expected.differences(&wrong).is_empty(), "{wrong}");
        }
        let result: Expected = serde_json::from_value(json!({ "result": { "failures": [] } })).unwrap();
        assert!(result.differences(&json!({ "failures": [] })).is_empty());
        assert_eq!(result.differences(&json!({ "failures": [1] })).len(), 1);
    }

    #[test]
    fn every_expectation_has_its_event() {
        for case in expectations().unwrap().keys() {
            assert!(event(case).unwrap().starts_with('{'), "{case}");
        }
    }
}
