//! `GET /v1/openapi.json`: the description of the API.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use http::{StatusCode, header};
use pennon_http::{Answer, Request, Route, caching::ETag, json};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/openapi.json").open();

/// OpenAPI 3.1.
pub const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

const CACHE_CONTROL: &str = "public, max-age=3600";

/// Sends the description, or says that the caller's copy is current.
#[expect(clippy::needless_pass_by_value, reason = "the form of every handler")]
pub fn handle((): (), request: Arc<Request>) -> Ready<Answer> {
    let etag = ETag::of(&[DOCUMENT.as_bytes()]);
    let mut response = if etag.is_in(&request.headers) {
        etag.not_modified(CACHE_CONTROL)
    } else {
        etag.attach(CACHE_CONTROL, json(StatusCode::OK, DOCUMENT))
    };
    // It is the same for everybody.
    response.headers_mut().remove(header::VARY);
    ready(Ok(response))
}
