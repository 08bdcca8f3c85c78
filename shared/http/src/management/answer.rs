//! How the management plane answers.

use http::{HeaderValue, StatusCode};
use pennon_domain::{Changed, Outcome, Page, StoredAnswer, Warning};
use serde::Serialize;
use serde_json::value::RawValue;

use super::read;
use crate::{Answer, Body, Problem, Request, Response, VERSION_HEADER, caching::ETag, json};

/// Depends on who asks, and is only reused after asking again: what is managed should be seen as it is.
const CACHE_CONTROL: &str = "private, no-cache";

/// A representation with its entity tag, or 304 if the caller has the same.
pub fn represented(request: &Request, text: String) -> Response {
    let etag = ETag::of(&[text.as_bytes()]);
    if etag.is_in(&request.headers) {
        return etag.not_modified(CACHE_CONTROL);
    }
    etag.attach(CACHE_CONTROL, json(StatusCode::OK, text))
}

/// A part of a list, of items that are JSON texts: `{"items":[...],"next":"<cursor>"}`, without `next` at the end.
pub fn listed(request: &Request, page: Page<String>) -> Response {
    let mut text = String::with_capacity(32 + page.items.iter().map(|item| item.len() + 1).sum::<usize>());
    text.push_str("{\"items\":[");
    text.push_str(&page.items.join(","));
    text.push(']');
    if let Some(next) = page.next {
        text.push_str(",\"next\":\"");
        text.push_str(&read::cursor(&next));
        text.push('"');
    }
    text.push('}');
    represented(request, text)
}

/// The answer to a change, new or replayed.
pub fn answer(stored: StoredAnswer) -> Answer {
    let status = StatusCode::from_u16(stored.status).map_err(Problem::internal)?;
    let mut response = match stored.body {
        body if body.is_empty() => Response::new(Body::empty()),
        body => json(status, body),
    };
    *response.status_mut() = status;
    if let Some(etag) = stored.etag {
        response = ETag::new(&etag).attach(CACHE_CONTROL, response);
    }
    if let Some(version) = stored.version {
        response.headers_mut().insert(VERSION_HEADER, HeaderValue::from(version));
    }
    Ok(response)
}

/// What a change of an environment's content answers: which version it made, if it made one, and what is doubtful in it.
pub fn receipt(outcome: &Outcome, warnings: &[Warning]) -> StoredAnswer {
    Receipt::new(outcome, warnings).to_answer()
}

/// As [`receipt`], with what is different: for callers who did not name it. In a rehearsal, what would be.
pub fn detailed_receipt(outcome: &Outcome, warnings: &[Warning], dry_run: bool) -> StoredAnswer {
    let changes = outcome.changes.iter().map(Difference::from).collect();
    Receipt { dry_run, changes: Some(changes), ..Receipt::new(outcome, warnings) }.to_answer()
}

/// What the evaluation of a draft answers.
pub fn preview(explanation: &str, warnings: &[Warning]) -> String {
    to_text(&Preview { warnings: warnings.iter().map(Doubt::from).collect(), explanation: raw(explanation) })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<'a> {
    version: u64,
    changed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    warnings: Vec<Doubt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Difference<'a>>>,
}

impl<'a> Receipt<'a> {
    fn new(outcome: &Outcome, warnings: &'a [Warning]) -> Self {
        Self {
            version: outcome.version,
            changed: !outcome.changes.is_empty(),
            dry_run: false,
            warnings: warnings.iter().map(Doubt::from).collect(),
            changes: None,
        }
    }

    fn to_answer(&self) -> StoredAnswer {
        StoredAnswer {
            status: 200,
            etag: None,
            version: (!self.dry_run).then_some(self.version),
            body: to_text(self),
        }
    }
}

#[derive(Serialize)]
struct Preview<'a> {
    explanation: Option<&'a RawValue>,
    warnings: Vec<Doubt<'a>>,
}

#[derive(Serialize)]
struct Doubt<'a> {
    pointer: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Warning> for Doubt<'a> {
    fn from(warning: &'a Warning) -> Self {
        Self { pointer: &warning.pointer, message: &warning.message }
    }
}

/// One thing that changed, with the texts from before and after as they were written.
#[derive(Serialize)]
pub(super) struct Difference<'a> {
    kind: &'static str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a RawValue>,
}

impl<'a> From<&'a Changed> for Difference<'a> {
    fn from(changed: &'a Changed) -> Self {
        Self {
            kind: changed.kind.as_str(),
            key: &changed.key,
            before: changed.before.as_deref().and_then(raw),
            after: changed.after.as_deref().and_then(raw),
        }
    }
}

/// JSON text as a value of its own; text that is no JSON is left out.
fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// What cannot fail: there are no maps with other keys than strings in what is serialised here.
pub(super) fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
