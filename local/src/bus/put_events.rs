//! The operation `PutEvents`: what it takes, what it refuses, and what becomes of an event.

use http::StatusCode;
use pennon_domain::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Where events say that they are from.
pub(super) const REGION: &str = "us-east-1";
const ACCOUNT: &str = "000000000000";
/// Events of a request.
const MAX_ENTRIES: usize = 10;
/// Bytes of all events of a request: their texts, and 14 for each time.
const MAX_REQUEST_BYTES: usize = 256 * 1024;
const TIME_BYTES: usize = 14;

/// The events of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entries {
    entries: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    source: String,
    detail_type: String,
    detail: String,
    /// Seconds since 1970.
    time: Option<f64>,
}

/// An event, as targets get it.
#[derive(Debug, Serialize)]
struct Event {
    version: &'static str,
    id: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    source: String,
    account: &'static str,
    time: String,
    region: &'static str,
    resources: [&'static str; 0],
    detail: Value,
}

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Entries {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let entries: Self =
            serde_json::from_slice(body).map_err(|error| Refusal::invalid(error.to_string()))?;
        if !(1..=MAX_ENTRIES).contains(&entries.entries.len()) {
            return Err(Refusal::invalid(format!("there must be 1 to {MAX_ENTRIES} entries")));
        }
        if entries.entries.iter().map(Entry::size).sum::<usize>() > MAX_REQUEST_BYTES {
            return Err(Refusal::too_large());
        }
        Ok(entries)
    }

    /// The lines of the events that are taken, and what the client is told.
    pub(super) fn take(self, rule: &mut dyn FnMut(&Value) -> Option<&'static str>) -> (String, String) {
        let mut lines = String::new();
        let mut results = Vec::new();
        let mut failed = 0;
        for entry in self.entries {
            let taken = entry.event().and_then(|event| match rule(&event.detail) {
                Some(code) => Err((code, "the rule says so")),
                None => Ok(event),
            });
            results.push(match taken {
                Ok(event) => {
                    tracing::info!(kind = event.detail_type, change = event.change(), "the bus has an event");
                    lines.push_str(&json!(event).to_string());
                    lines.push('\n');
                    json!({ "EventId": event.id })
                }
                Err((code, message)) => {
                    failed += 1;
                    json!({ "ErrorCode": code, "ErrorMessage": message })
                }
            });
        }
        (lines, json!({ "FailedEntryCount": failed, "Entries": results }).to_string())
    }
}

impl Entry {
    fn size(&self) -> usize {
        self.source.len() + self.detail_type.len() + self.detail.len() + self.time.map_or(0, |_| TIME_BYTES)
    }

    fn event(self) -> Result<Event, (&'static str, &'static str)> {
        if self.source.is_empty() || self.detail_type.is_empty() {
            return Err(("InvalidArgument", "Source and DetailType must not be empty"));
        }
        let detail: Map<String, Value> =
            serde_json::from_str(&self.detail).map_err(|_| ("MalformedDetail", "Detail is malformed."))?;
        let time = self.time.map_or_else(|| SystemClock.now(), timestamp);
        Ok(Event {
            version: "0",
            id: format!("{:032x}", fastrand::u128(..)),
            detail_type: self.detail_type,
            source: self.source,
            account: ACCOUNT,
            time: time.to_rfc3339(),
            region: REGION,
            resources: [],
            detail: Value::Object(detail),
        })
    }
}

impl Event {
    /// The identifier of the change that it tells of.
    fn change(&self) -> Option<&str> {
        self.detail.get("id")?.as_str()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates, and who says so wants it"
)]
fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0).round() as u64)
}

impl Refusal {
    pub(super) fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, kind: "InternalException", message: "the log says why".to_owned() }
    }

    pub(super) fn unknown_operation() -> Self {
        let message = "only PutEvents is known here".to_owned();
        Self { status: StatusCode::BAD_REQUEST, kind: "UnknownOperationException", message }
    }

    pub(super) fn too_large() -> Self {
        Self::invalid("Total size of the entries in the request is over the limit.".to_owned())
    }

    fn invalid(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: "ValidationException", message }
    }

    pub(super) fn json(&self) -> String {
        json!({ "__type": self.kind, "message": self.message }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(detail: &str) -> Value {
        json!({ "Source": "pennon", "DetailType": "Flag Changed", "Detail": detail, "Time": 1_795_251_600.123_f64 })
    }

    fn entries(entries: &[Value]) -> Result<Entries, Refusal> {
        Entries::parse(json!({ "Entries": entries }).to_string().as_bytes())
    }

    #[test]
    fn an_event_is_kept_as_targets_get_it() {
        let (lines, results) = entries(&[entry(r#"{"id":"1"}"#)]).unwrap().take(&mut |_| None);
        let event: Value = serde_json::from_str(lines.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(
            (&event["detail-type"], &event["detail"], &event["time"]),
            (&json!("Flag Changed"), &json!({ "id": "1" }), &json!("2026-11-21T09:00:00.123Z"))
        );
        assert!(results.contains(r#""FailedEntryCount":0"#), "{results}");
    }

    #[test]
    fn events_are_refused_one_by_one() {
        let whole = entry("{}");
        let mut rule = |detail: &Value| (detail["id"] == 1).then_some("ThrottlingException");
        let untyped = json!({ "Source": "pennon", "Detail": "{}" });
        let all = [entry(r#"{"id":1}"#), entry("[]"), untyped, whole];
        let (lines, results) = entries(&all).unwrap().take(&mut rule);
        assert_eq!(lines.lines().count(), 1);
        let results: Value = serde_json::from_str(&results).unwrap();
        let codes: Vec<_> = (0..4).map(|place| results["Entries"][place]["ErrorCode"].as_str()).collect();
        assert_eq!(
            codes,
            [Some("ThrottlingException"), Some("MalformedDetail"), Some("InvalidArgument"), None]
        );
        assert_eq!(results["FailedEntryCount"], 3);
    }

    #[test]
    fn a_request_over_the_limits_is_refused() {
        assert!(entries(&[]).is_err());
        assert!(entries(&vec![entry("{}"); MAX_ENTRIES]).is_ok());
        assert!(entries(&vec![entry("{}"); MAX_ENTRIES + 1]).is_err());
        let large = entry(&format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_REQUEST_BYTES / 2)));
        assert!(entries(std::slice::from_ref(&large)).is_ok());
        assert!(entries(&[large.clone(), large]).is_err());
        assert!(Entries::parse(b"no json").is_err());
    }
}
