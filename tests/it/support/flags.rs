//! The flags that the tests serve.

use serde_json::{Value, json};

/// A flagd definition file with a flag of every kind, and nothing that reads the clock.
pub(crate) const EVERY_KIND: &str = include_str!("../fixtures/every-kind.json");

/// The same as a value, for tests that change it.
pub(crate) fn every_kind() -> Value {
    serde_json::from_str(EVERY_KIND).expect("the fixture is JSON")
}

/// A definition file with one flag: the key `greeting`, always of this value.
pub(crate) fn definition(value: &str) -> String {
    json!({ "flags": { "greeting": {
        "state": "ENABLED",
        "variants": { "only": value },
        "defaultVariant": "only",
    } } })
    .to_string()
}
