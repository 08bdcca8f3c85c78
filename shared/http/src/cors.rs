//! Cross-origin requests: any page may call, because a key and not a cookie says who calls.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{Body, Response};

/// What a page may send.
pub const ALLOW_METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
/// The headers that a page may send. Tracing adds the two of W3C Trace Context to what it instruments.
pub const ALLOW_HEADERS: &str = "Content-Type, Authorization, X-API-Key, If-Match, If-None-Match, Idempotency-Key, Pennon-Server-Timing, traceparent, tracestate";
/// What a page may read beside the basics: without `ETag` a browser can never revalidate, without `Retry-After` never wait.
pub const EXPOSE_HEADERS: &str = "ETag, Retry-After, Pennon-Version, Pennon-Stale, Server-Timing";
/// How long a browser may remember the answer to a preflight, in seconds.
pub const MAX_AGE: &str = "86400";

/// Answers a preflight request.
pub fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, ALLOW_METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOW_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ] {
        insert(response.headers_mut(), name, value);
    }
    allow(response.headers_mut());
    response
}

/// Lets a page read the response.
pub(crate) fn allow(headers: &mut HeaderMap) {
    insert(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    insert(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSE_HEADERS);
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
