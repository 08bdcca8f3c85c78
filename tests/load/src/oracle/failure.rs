//! What failures look like: every one has a form, and none says more than it should.

use http::StatusCode;
use serde_json::Value;

use super::Violation;
use crate::client::Answer;

/// A well-formed answer that is none: a 5xx, or a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its status.
    pub status: StatusCode,
    /// For how long it asks to wait, in seconds.
    pub retry_after: Option<u64>,
}

/// All that a failure may say, before the identifier of the request: what the edge says, and the gateway by template.yaml.
const TEXTS: [&str; 3] = ["internal error", "temporarily unavailable", "too many requests"];

/// Checks the form of a failure: JSON in the form of OFREP or of a problem (RFC 9457), one of a few texts with the identifier of the
/// request, and for 429 and 503 a `Retry-After` in whole seconds.
///
/// # Errors
/// What is wrong with it.
pub fn check_failure(answer: &Answer) -> Result<Failure, Violation> {
    let status = answer.status;
    let malformed = |what: &str| Violation::Malformed(format!("a {status} {what}"));
    let form = answer.header("content-type").unwrap_or_default();
    if form != "application/json" && form != "application/problem+json" {
        return Err(malformed(&format!("of the type {form:?}")));
    }
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| malformed("that is no JSON"))?;
    let texts: Vec<&str> =
        ["detail", "errorDetails"].iter().filter_map(|name| body.get(*name)?.as_str()).collect();
    if texts.is_empty() {
        return Err(malformed("without a text"));
    }
    if let Some(text) = texts.iter().find(|text| !says_nothing(text)) {
        return Err(malformed(&format!("that says {text:?}")));
    }
    let retry_after = answer.header("retry-after").and_then(|text| text.parse().ok());
    let retried = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if retried && retry_after.is_none_or(|seconds: u64| seconds == 0) {
        return Err(malformed("without a Retry-After"));
    }
    Ok(Failure { status, retry_after })
}

/// Whether the text is one of those, alone or with the identifier of a request.
fn says_nothing(text: &str) -> bool {
    let (text, request) = text.split_once("; request ").unwrap_or((text, ""));
    TEXTS.contains(&text) && request.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
