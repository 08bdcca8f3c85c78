//! Environments of any size, the same on every run.

use serde_json::{Value, json};

/// A context with eight attributes, of which the rules read five.
pub const CONTEXT: &str = r#"{"context":{"targetingKey":"user-8f14e45f-ceea","email":"ada@example.com","country":"DE",
"plan":"pro","appVersion":"2.7.1","device":"ios","age":34,"beta":true}}"#;

/// A flagd definition with that many flags, all targeted but one in ten. Of ten flags, three look an attribute up in a
/// list, two compare versions, three split by percentage, one matches a segment, and one is static.
pub fn definition(flags: usize) -> String {
    let flags: serde_json::Map<String, Value> =
        (0..flags).map(|n| (format!("flag-{n:04}"), flag(n))).collect();
    let segment = json!({ "ends_with": [{ "var": "email" }, "@example.com"] });
    json!({ "flags": flags, "$evaluators": { "employee": segment }, "metadata": { "team": "bench" } })
        .to_string()
}

fn flag(n: usize) -> Value {
    let country = json!({ "in": [{ "var": "country" }, ["AT", "BE", "DE", "FR", format!("X{n}")]] });
    let version = json!({ "sem_ver": [{ "var": "appVersion" }, ">=", format!("2.{}.0", n % 12)] });
    let split = json!({ "fractional": [["on", 25], ["off", 75]] });
    let targeting = match n % 10 {
        0..=2 => json!({ "if": [{ "and": [country, { "==": [{ "var": "plan" }, "pro"] }] }, "on", "off"] }),
        3 | 4 => json!({ "if": [version, "on"] }),
        5..=7 => json!({ "if": [country, split, "off"] }),
        8 => json!({ "if": [{ "$ref": "employee" }, "on", split] }),
        _ => json!({}),
    };
    json!({
        "state": "ENABLED",
        "variants": { "on": true, "off": false },
        "defaultVariant": "off",
        "targeting": targeting,
        "metadata": { "owner": format!("team-{}", n % 7) },
    })
}
