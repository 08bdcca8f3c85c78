//! One vector: what it asks and whether an answer is what it expects.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A flag, a context, and what flagd makes of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vector {
    file: String,
    tags: Vec<String>,
    /// As it was written: `1.0` and `1` are different values, and so may be two orders of the same members.
    context: Box<RawValue>,
    #[serde(default)]
    context_types: BTreeMap<String, Type>,
    #[serde(default)]
    options: BTreeMap<String, Value>,
    #[serde(rename = "type")]
    value_type: Type,
    pub(super) flag_key: String,
    default: String,
    expect_value: Option<String>,
    expect_variant: Option<String>,
    expect_reason: Option<String>,
    expect_error_code: Option<String>,
    expect_metadata: Option<Value>,
    skip_reason: Option<String>,
}

/// The type that a caller asks for or sends.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) enum Type {
    Boolean,
    String,
    Integer,
    Float,
    Object,
}

impl Vector {
    /// Why the vector says nothing about this server.
    pub(super) fn reason_to_skip(&self, other_generations: &[&'static str]) -> Option<&'static str> {
        let file = self.file.rsplit('/').next().unwrap_or_default();
        match file.trim_end_matches(".feature") {
            "contextEnrichment" => return Some("enrichment by the provider"),
            "connection" | "events" | "config" => return Some("life cycle of the provider"),
            "selector" => return Some("selection of flag sets"),
            _ => {}
        }
        if self.options.contains_key("selector") {
            return Some("selection of flag sets");
        }
        if self.skip_reason.is_some() {
            return Some("marked in the vectors");
        }
        let tag = |tag: &str| self.tags.iter().any(|own| own == tag);
        if tag("@deprecated") {
            return Some("@deprecated");
        }
        if tag("@caching") {
            return Some("@caching");
        }
        other_generations.iter().copied().find(|generation| tag(generation))
    }

    /// The request body.
    pub(super) fn body(&self) -> String {
        for (name, expected) in &self.context_types {
            let context: Value = serde_json::from_str(self.context.get()).expect("the context is JSON");
            let sent = context.get(name).unwrap_or_else(|| panic!("{name} is not in {self:?}"));
            assert!(expected.includes(sent), "{name} is no {expected:?} in {self:?}");
        }
        format!(r#"{{"context":{}}}"#, self.context)
    }
}

impl Type {
    fn includes(self, value: &Value) -> bool {
        match self {
            Self::Boolean => value.is_boolean(),
            Self::String => value.is_string(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Float => value.is_f64(),
            Self::Object => value.is_object(),
        }
    }

    /// The value that a vector writes as text.
    fn read(self, text: &str) -> Value {
        match self {
            Self::String => Value::from(text),
            Self::Float => text.parse::<f64>().expect("a float").into(),
            Self::Boolean | Self::Integer => serde_json::from_str(text).expect("a boolean or an integer"),
            // Quotes are escaped where the source has the text in a table.
            Self::Object => serde_json::from_str(&text.replace("\\\"", "\"")).expect("an object"),
        }
    }

    /// Whether two values are the same to a caller who asked for this type.
    fn same(self, got: &Value, expected: &Value) -> bool {
        match (self, got, expected) {
            // A float flag may have an integer for a variant, as `0.0` and `0` are one number to a caller who asked for a float.
            (Self::Float, Value::Number(got), Value::Number(expected)) => got.as_f64() == expected.as_f64(),
            (Self::Object, Value::Object(got), Value::Object(expected)) => {
                let same =
                    |name, value| expected.get(name).is_some_and(|other| Self::Float.same(value, other));
                got.len() == expected.len() && got.iter().all(|(name, value)| same(name, value))
            }
            _ => got == expected,
        }
    }
}

/// Whether the answer is what the vector expects; if not, what is different.
pub(super) fn check(vector: &Vector, status: u16, body: &str) -> Result<(), String> {
    let body: Value = serde_json::from_str(body).map_err(|error| format!("{error}"))?;
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let differs = |what: &str, expected: &dyn std::fmt::Debug| Err(format!("{what} is not {expected:?}"));

    let error = text("errorCode");
    // Where a vector names no code, an error is as good as any other way to the default of the caller's code.
    if let Some(expected) = &vector.expect_error_code
        && error.unwrap_or_default() != expected
    {
        return differs("errorCode", expected);
    }
    let expected_status = match error {
        None => 200,
        Some("FLAG_NOT_FOUND") => 404,
        Some(_) => 400,
    };
    if status != expected_status {
        return differs("status", &expected_status);
    }
    if let Some(expected) = &vector.expect_value {
        let kind = vector.value_type;
        // Without a value in the answer, the caller takes the default of its code.
        let got = body.get("value").cloned().unwrap_or_else(|| kind.read(&vector.default));
        if !kind.same(&got, &kind.read(expected)) {
            return differs("value", expected);
        }
    }
    if vector.expect_variant.is_some() && text("variant") != vector.expect_variant.as_deref() {
        return differs("variant", &vector.expect_variant);
    }
    // A failure has an error code in place of a reason.
    let reason = text("reason").or(error.map(|_| "ERROR"));
    if vector.expect_reason.is_some() && reason != vector.expect_reason.as_deref() {
        return differs("reason", &vector.expect_reason);
    }
    if vector.expect_metadata.is_some() && body.get("metadata") != vector.expect_metadata.as_ref() {
        return differs("metadata", &vector.expect_metadata);
    }
    Ok(())
}
