//! `POST /ofrep/v1/evaluate/flags`: the value of every flag for one context.

mod validators;

use std::sync::Arc;

use http::StatusCode;
use pennon_auth::SdkKey;
use pennon_http::{Answer, Request, Route, caching::ETag, json, ofrep, with_version};
use pennon_store::{Freshness, Store};

use crate::validators::{KnownConfig, etag_of_inputs};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("POST", "/ofrep/v1/evaluate/flags").sdk_key().ofrep();

/// The answer depends on the key and the context, and is only ever reused after asking.
const CACHE_CONTROL: &str = "private, no-cache";

/// Evaluates every flag, or says that the caller's copy is current. Where no rule reads the clock, that is known before
/// anything is evaluated.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let context = ofrep::context(&request)?;
    let known = KnownConfig::of(&request);
    let key = SdkKey::from_headers(&request.headers)?;
    let environment = store.environment(key.environment(), Freshness::Cached).await?;
    let (mut environment, mut scope) = key.open(environment, request.received)?;
    if known.is_not(environment.as_ref()) {
        // The caller has heard of another version than the one in memory, so memory is probably behind.
        let newest = store.environment(key.environment(), Freshness::Newest).await?;
        (environment, scope) = key.open(newest, request.received)?;
    }
    let view = store.snapshot(&environment).await?;
    let may_be_unchanged = |etag: &ETag| !known.is_not(&view.head) && etag.is_in(&request.headers);
    let unchanged = |etag: &ETag| with_version(etag.not_modified(CACHE_CONTROL), view.as_of());

    let early = (!view.ruleset.reads_clock()).then(|| etag_of_inputs(&view, scope, &context));
    if let Some(etag) = early.as_ref().filter(|etag| may_be_unchanged(etag)) {
        return Ok(unchanged(etag));
    }
    let body = ofrep::bulk_body(&view.ruleset, scope, &context, request.received, view.as_of());
    let etag = early.unwrap_or_else(|| ETag::of(&[&body]));
    if may_be_unchanged(&etag) {
        return Ok(unchanged(&etag));
    }
    Ok(with_version(etag.attach(CACHE_CONTROL, json(StatusCode::OK, body)), view.as_of()))
}
