//! What OFREP 0.3.0 and the clients in use ask of a server, over HTTP.

mod bulk;
mod caching;
mod cors;
mod properties;
mod refusals;
mod single;
mod snapshot;
mod timing;

use serde_json::Value;

use crate::support::{Answer, EVERY_KIND, LocalServer};

const BULK: &str = "/ofrep/v1/evaluate/flags";
const SNAPSHOT: &str = "/v1/snapshot";

/// Contexts that take different ways through the flags of `every-kind.json`.
const CONTEXTS: [&str; 7] = [
    "",
    "{}",
    r#"{"context":{}}"#,
    r#"{"context":{"targetingKey":"alice"}}"#,
    r#"{"context":{"targetingKey":"alice","plan":"pro"}}"#,
    r#"{"context":{"targetingKey":"bob","plan":"free","email":"bob@example.com"}}"#,
    r#"{"context":{"targetingKey":"","nested":{"list":[1,2.5,null,"ü"]}}}"#,
];

fn server() -> LocalServer {
    LocalServer::with_flags(EVERY_KIND)
}

/// An error in the form that the clients in use can read: every member there, whatever the status.
#[track_caller]
fn assert_failure(answer: &Answer, status: u16, code: &str) -> Value {
    let body = answer.json();
    assert_eq!(answer.status, status, "{answer:#?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:#?}");
    assert_eq!(body["errorCode"], code, "{answer:#?}");
    assert!(body["errorDetails"].as_str().is_some_and(|details| !details.is_empty()), "{answer:#?}");
    assert!(body["metadata"].is_object(), "{answer:#?}");
    assert!(body.get("value").is_none() && body.get("reason").is_none(), "{answer:#?}");
    body
}
