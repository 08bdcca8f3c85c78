//! Why a flag has the outcome that it has.

use datalogic_rs::bumpalo::Bump;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{ARENA_BYTES, Ruleset, subject::Subject};
use crate::{
    Context, Evaluation, Reason, Scope, Timestamp,
    json::{self, Bounds, Json},
    targeting::trace::{Place, Step, Trace, trace},
};

/// Why a flag has the outcome that it has, for a developer to read: the outcome, the place that decided, and each operation on
/// the way with what it came to.
///
/// It repeats what the context says: it is for whoever gave the context, and for no log.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    key: String,
    #[serde(flatten)]
    outcome: Outcome,
    /// What decided; `None` when nothing in the flag did.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<Place>,
    /// What the rule came to; `None` when there is none, or when it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    steps: Vec<Step>,
    /// Whether there were more steps than are told.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

/// The members that OFREP has for it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Resolved {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Box<RawValue>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        variant: Option<String>,
        reason: &'static str,
        metadata: Box<RawValue>,
    },
    #[serde(rename_all = "camelCase")]
    Failed { reason: &'static str, error_code: &'static str, error_details: String, metadata: Box<RawValue> },
}

impl Explanation {
    /// A JSON object:
    /// - `key`, `value`, `variant`, `reason`, `metadata`, or `errorCode` and `errorDetails`: the outcome, as OFREP gives it;
    /// - `decidedBy`: the place that decided: `pointer`, a JSON pointer into the flag, or into `segment` where there is one;
    /// - `result`: what the targeting came to, unless it failed;
    /// - `steps`: the operations in the order in which they were begun, each with its place, `operation`, `operands`, `result`
    ///   (null also if it failed), `holds` for a condition, and `split` for a `fractional`;
    /// - `truncated`: there were more steps.
    ///
    /// A value of more than 1 KiB is given as the start of its text.
    pub fn to_json(&self) -> String {
        // Strings, numbers and raw values always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Ruleset {
    /// Explains the outcome of a flag, visible to clients or not; `None` if there is none with this key.
    pub fn explain(&self, flag: &str, context: &Context, now: Timestamp) -> Option<Explanation> {
        let entry = self.entry(flag)?;
        let evaluation = self.evaluate(flag, Scope::Server, context, now);
        let arena = Bump::with_capacity(ARENA_BYTES);
        let subject = Subject::new(context, now, &arena);
        let rule = self.compiled(entry).rule().and_then(|_| targeting(&entry.text));
        let trace = match &rule {
            Some(rule) => {
                let root = subject.root(&entry.key, &arena);
                trace(rule, "/targeting", &self.evaluators, self.bucketing, root, &arena)
            }
            None => Trace::default(),
        };
        let decided_by = decided_by(&evaluation, trace.decided_by);
        let Trace { result, steps, truncated, .. } = trace;
        let outcome = Outcome::from(evaluation);
        Some(Explanation { key: flag.to_owned(), outcome, decided_by, result, steps, truncated })
    }
}

/// The rule of a flag that was compiled, as it is written.
fn targeting(flag: &str) -> Option<Json> {
    let members = json::members(flag).ok()?;
    let (_, rule) = members.into_iter().find(|(name, _)| name == "targeting")?;
    json::parse(rule.as_bytes(), Bounds::DEFINITION).ok()
}

fn decided_by(evaluation: &Evaluation<'_>, by_rule: Option<Place>) -> Option<Place> {
    let member = |pointer: &str| Some(Place { segment: None, pointer: pointer.to_owned() });
    match evaluation {
        Evaluation::Resolved { reason: Reason::TargetingMatch, .. } | Evaluation::Failed { .. } => by_rule,
        Evaluation::Resolved { reason: Reason::Disabled, .. } => member("/state"),
        Evaluation::Resolved { variant: Some(_), .. } => member("/defaultVariant"),
        Evaluation::Resolved { .. } => None,
    }
}

impl From<Evaluation<'_>> for Outcome {
    fn from(evaluation: Evaluation<'_>) -> Self {
        match evaluation {
            Evaluation::Resolved { value, variant, reason, metadata } => Self::Resolved {
                value: value.map(raw),
                variant: variant.map(str::to_owned),
                reason: reason.as_str(),
                metadata: raw(metadata),
            },
            Evaluation::Failed { code, details, metadata } => Self::Failed {
                reason: "ERROR",
                error_code: code.as_str(),
                error_details: details.into_owned(),
                metadata: raw(metadata),
            },
        }
    }
}

/// Text that is JSON.
fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Bucketing, Definition};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_999);

    fn explained(targeting: &str, segments: &str, context: &str) -> Value {
        let flag = format!(
            r#"{{"state":"ENABLED","variants":{{"on":10.0,"off":0}},"defaultVariant":"off","targeting":{targeting}}}"#
        );
        let json = format!(r#"{{"flags":{{"f":{flag}}},"$evaluators":{segments}}}"#);
        let rules = Ruleset::new(&Definition::parse(&json).unwrap(), Bucketing::V3);
        let context = Context::from_ofrep_body(format!(r#"{{"context":{context}}}"#).as_bytes()).unwrap();
        serde_json::from_str(&rules.explain("f", &context, NOW).unwrap().to_json()).unwrap()
    }

    #[test]
    fn each_condition_on_the_way_is_told_with_its_outcome() {
        let explanation = explained(
            r#"{"if":[{"==":[{"var":"plan"},"pro"]},"off",
                {"and":[{"$ref":"employee"},{"!":{"var":"left"}}]},"on"]}"#,
            r#"{"employee":{"ends_with":[{"var":"email"},"@example.com"]}}"#,
            r#"{"plan":"free","email":"ada@example.com"}"#,
        );
        let expected = json!({
            "key": "f", "value": 10.0, "variant": "on", "reason": "TARGETING_MATCH", "metadata": {},
            "decidedBy": { "pointer": "/targeting/if/3" },
            "result": "on",
            "steps": [
                { "pointer": "/targeting/if/0", "operation": "==", "operands": ["free", "pro"],
                  "result": false, "holds": false },
                { "pointer": "/targeting/if/2", "operation": "and", "result": true, "holds": true },
                { "pointer": "/targeting/if/2/and/0", "operation": "$ref", "result": true, "holds": true },
                { "segment": "employee", "pointer": "", "operation": "ends_with",
                  "operands": ["ada@example.com", "@example.com"], "result": true, "holds": true },
                { "pointer": "/targeting/if/2/and/1", "operation": "!", "result": true, "holds": true },
                { "pointer": "/targeting/if/2/and/1/!", "operation": "var", "result": null, "holds": false },
            ],
        });
        assert_eq!(explanation, expected);
    }

    #[test]
    fn a_split_is_told_with_its_bucket() {
        let targeting = r#"{"$ref":"rollout"}"#;
        let segments = r#"{"rollout":{"if":[{"var":"on"},"on",{"fractional":[["on",25],["off",75]]}]}}"#;
        let explanation = explained(targeting, segments, r#"{"targetingKey":"ada"}"#);
        let split = &explanation["steps"][2]["split"];
        assert_eq!(explanation["steps"][2]["pointer"], "/if/2");
        assert_eq!(split["unit"], json!(["f", "ada"]));
        let variants = [
            json!({ "variant": "on", "weight": 25, "from": 0, "to": 25 }),
            json!({ "variant": "off", "weight": 75, "from": 25, "to": 100 }),
        ];
        assert_eq!((&split["buckets"], &split["totalWeight"]), (&json!(variants), &json!(100)));
        let (hash, bucket) = (split["hash"].as_u64().unwrap(), split["bucket"].as_u64().unwrap());
        assert_eq!(bucket, (hash * 100) >> 32);
        let chosen = usize::from(bucket >= 25);
        assert_eq!(split["chosen"], chosen);
        assert_eq!(explanation["variant"], variants[chosen]["variant"]);
        let decided_by = json!({ "segment": "rollout", "pointer": format!("/if/2/fractional/{chosen}") });
        assert_eq!(explanation["decidedBy"], decided_by);
    }

    #[test]
    fn a_split_that_chose_nothing_says_why() {
        let explanation = explained(r#"{"fractional":[["on",1]]}"#, "{}", "{}");
        assert_eq!(
            explanation["steps"][0]["split"],
            json!({ "noChoice": "the context has no targetingKey" })
        );
        assert_eq!((&explanation["reason"], &explanation["variant"]), (&json!("DEFAULT"), &json!("off")));
        assert_eq!(explanation["decidedBy"], json!({ "pointer": "/defaultVariant" }));
    }

    #[test]
    fn a_failure_is_told_where_it_happened() {
        for (targeting, pointer) in [
            (r#"{"if":[{"<":[{"var":"plan"},1]},"on"]}"#, "/targeting/if/0"),
            (r#"{"if":[false,"off",{"nope":1}]}"#, "/targeting/if/2"),
            (r#"{"if":[{"fractional":[["on",{"nope":1}]]},"on"]}"#, "/targeting/if/0"),
            (r#"{"if":[true,"nothing"]}"#, "/targeting/if/1"),
        ] {
            let explanation = explained(targeting, "{}", r#"{"plan":"free"}"#);
            assert_eq!(explanation["reason"], "ERROR", "{targeting}");
            assert_eq!(explanation["decidedBy"]["pointer"], pointer, "{targeting}");
        }
        let broken = explained(r#"{"$ref":"nowhere"}"#, "{}", "{}");
        assert_eq!((&broken["errorCode"], &broken["steps"]), (&json!("PARSE_ERROR"), &json!([])));
    }

    #[test]
    fn flags_without_a_rule_are_explained_too() {
        let json = r#"{"flags":{
            "off":{"state":"DISABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"nope":1}},
            "static":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"},
            "code":{"state":"ENABLED","variants":{"on":true}}}}"#;
        let rules = Ruleset::new(&Definition::parse(json).unwrap(), Bucketing::V3);
        for (key, reason, pointer) in [
            ("off", "DISABLED", json!("/state")),
            ("static", "STATIC", json!("/defaultVariant")),
            ("code", "DEFAULT", Value::Null),
        ] {
            let explanation = rules.explain(key, &Context::default(), NOW).unwrap().to_json();
            let explanation: Value = serde_json::from_str(&explanation).unwrap();
            assert_eq!(explanation["reason"], reason);
            assert_eq!(explanation["decidedBy"]["pointer"], pointer);
        }
        assert!(rules.explain("none", &Context::default(), NOW).is_none());
    }

    #[test]
    fn long_values_and_long_ways_are_cut() {
        let long = format!(r#"{{"x":"{}"}}"#, "é".repeat(2000));
        let explanation = explained(r#"{"if":[{"var":"x"},"on"]}"#, "{}", &long);
        let shown = explanation["steps"][0]["result"].as_str().unwrap();
        assert!(shown.len() < 1100 && shown.ends_with('…'), "{shown}");

        let conditions = vec![r#"{"var":"y"},"off""#; 600].join(",");
        let explanation = explained(&format!(r#"{{"if":[{conditions},"on"]}}"#), "{}", "{}");
        assert_eq!(explanation["truncated"], true);
        assert_eq!(explanation["decidedBy"]["pointer"], "/targeting/if/1200");
    }
}
