//! The bodies of OFREP 0.3.0.
//!
//! Success and failure bodies always hold `key`, `reason` or `errorCode` with `errorDetails`, and `metadata`: clients in use
//! fail on absent ones. `value` is left out, never null, where the code default applies.

use http::{HeaderValue, StatusCode, header};
use pennon_domain::{AsOf, Context, ErrorCode, Evaluation, Ruleset, Scope, Timestamp, limits};
use pennon_telemetry::{Phase, note};

use crate::{Problem, Request, Response, Route, json, metrics::Outcomes, problem::Kind, with_version};

/// What is added to the metadata of an answer that comes from a snapshot which may be out of date.
const STALE: &str = "\"pennon.stale\":true";

/// The evaluation context that a request carries.
///
/// # Errors
/// 413 for a body over the limit, 400 for one that is no OFREP request.
pub fn context(request: &Request) -> Result<Context, Problem> {
    if request.body.len() > limits::MAX_BODY_BYTES {
        return Err(Problem::payload_too_large(limits::MAX_BODY_BYTES));
    }
    Ok(Context::from_ofrep_body(&request.body)?)
}

/// The flag key in the path of a request.
///
/// # Errors
/// 400 when there is none or it is too long to be one.
pub fn flag_key(route: &Route, request: &Request) -> Result<String, Problem> {
    let Some(key) = route.parameter(&request.path, "key") else {
        return Err(Problem::bad_request("the path names no flag"));
    };
    if key.len() > limits::MAX_FLAG_KEY_BYTES {
        let max = limits::MAX_FLAG_KEY_BYTES;
        return Err(Problem::bad_request(format!("a flag key has at most {max} bytes")));
    }
    Ok(key.into_owned())
}

/// The answer to a single evaluation: the flag of that key, if the scope sees it.
pub fn single(
    ruleset: &Ruleset,
    key: &str,
    scope: Scope,
    context: &Context,
    now: Timestamp,
    as_of: AsOf,
) -> Response {
    let _timer = note::begins(Phase::Evaluate);
    let evaluation = ruleset.evaluate(key, scope, context, now);
    Outcomes::default().add(&evaluation);
    let status = match evaluation {
        Evaluation::Resolved { .. } => StatusCode::OK,
        Evaluation::Failed { code: ErrorCode::FlagNotFound, .. } => StatusCode::NOT_FOUND,
        Evaluation::Failed { .. } => StatusCode::BAD_REQUEST,
    };
    let mut body = Vec::with_capacity(256);
    write_evaluation(&mut body, key, &evaluation, as_of.stale);
    let mut response = json(status, body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_version(response, as_of)
}

/// The body of a bulk evaluation: every flag that the scope sees, sorted by key. A flag that fails does so alone.
pub fn bulk_body(ruleset: &Ruleset, scope: Scope, context: &Context, now: Timestamp, as_of: AsOf) -> Vec<u8> {
    let _timer = note::begins(Phase::Evaluate);
    let mut outcomes = Outcomes::default();
    let mut body = Vec::with_capacity(64 + ruleset.len() * 128);
    body.extend_from_slice(b"{\"flags\":[");
    let mut first = true;
    ruleset.evaluate_all(scope, context, now, &mut |key, evaluation| {
        if !std::mem::take(&mut first) {
            body.push(b',');
        }
        outcomes.add(&evaluation);
        write_evaluation(&mut body, key, &evaluation, as_of.stale);
    });
    body.extend_from_slice(b"],\"metadata\":");
    write_metadata(&mut body, ruleset.metadata(), as_of.stale);
    body.push(b'}');
    body
}

/// The body of an error, for the single endpoint with the key that was asked for.
pub(crate) fn problem(problem: &Problem, route: &Route, request: &Request) -> Vec<u8> {
    let code = match problem.kind {
        Kind::InvalidContext => "INVALID_CONTEXT",
        _ => ErrorCode::General.as_str(),
    };
    let mut body = Vec::with_capacity(256);
    body.push(b'{');
    if let Some(key) = route.parameter(&request.path, "key") {
        write_member(&mut body, "key", &key);
        body.push(b',');
    }
    write_failure(&mut body, code, &problem.public_detail(request));
    body.extend_from_slice(b",\"metadata\":{}}");
    body
}

fn write_evaluation(body: &mut Vec<u8>, key: &str, evaluation: &Evaluation<'_>, stale: bool) {
    body.push(b'{');
    write_member(body, "key", key);
    body.push(b',');
    let metadata = match evaluation {
        Evaluation::Resolved { value, variant, reason, metadata } => {
            if let Some(value) = value {
                body.extend_from_slice(b"\"value\":");
                body.extend_from_slice(value.as_bytes());
                body.push(b',');
            }
            body.extend_from_slice(b"\"reason\":\"");
            body.extend_from_slice(reason.as_str().as_bytes());
            body.push(b'"');
            if let Some(variant) = variant {
                body.push(b',');
                write_member(body, "variant", variant);
            }
            metadata
        }
        Evaluation::Failed { code, details, metadata } => {
            write_failure(body, code.as_str(), details);
            metadata
        }
    };
    body.extend_from_slice(b",\"metadata\":");
    write_metadata(body, metadata, stale);
    body.push(b'}');
}

fn write_failure(body: &mut Vec<u8>, code: &str, details: &str) {
    write_member(body, "errorCode", code);
    body.push(b',');
    write_member(body, "errorDetails", details);
}

/// Writes `"name":"value"`.
fn write_member(body: &mut Vec<u8>, name: &str, value: &str) {
    body.push(b'"');
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(b"\":");
    // Writing a string into a vector cannot fail.
    let _ = serde_json::to_writer(body, value);
}

/// Writes a metadata object, marked if it is stale.
fn write_metadata(body: &mut Vec<u8>, metadata: &str, stale: bool) {
    match metadata.strip_suffix('}') {
        Some(open) if stale => {
            body.extend_from_slice(open.as_bytes());
            if open != "{" {
                body.push(b',');
            }
            body.extend_from_slice(STALE.as_bytes());
            body.push(b'}');
        }
        _ => body.extend_from_slice(metadata.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use pennon_domain::Reason;

    use super::*;

    fn written(evaluation: &Evaluation<'_>, stale: bool) -> String {
        let mut body = Vec::new();
        write_evaluation(&mut body, "a \"key\"", evaluation, stale);
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn a_success_keeps_the_text_of_its_value() {
        let found = Evaluation::Resolved {
            value: Some("10.0"),
            variant: Some("ten"),
            reason: Reason::Static,
            metadata: "{\"owner\":\"me\"}",
        };
        assert_eq!(
            written(&found, false),
            r#"{"key":"a \"key\"","value":10.0,"reason":"STATIC","variant":"ten","metadata":{"owner":"me"}}"#
        );
    }

    #[test]
    fn a_code_default_has_neither_value_nor_variant() {
        let disabled =
            Evaluation::Resolved { value: None, variant: None, reason: Reason::Disabled, metadata: "{}" };
        assert_eq!(
            written(&disabled, true),
            r#"{"key":"a \"key\"","reason":"DISABLED","metadata":{"pennon.stale":true}}"#
        );
    }

    #[test]
    fn staleness_joins_other_metadata() {
        let failed =
            Evaluation::Failed { code: ErrorCode::ParseError, details: "no".into(), metadata: "{\"a\":1}" };
        assert_eq!(
            written(&failed, true),
            r#"{"key":"a \"key\"","errorCode":"PARSE_ERROR","errorDetails":"no","metadata":{"a":1,"pennon.stale":true}}"#
        );
    }
}
