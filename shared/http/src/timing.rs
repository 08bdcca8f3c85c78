//! `Server-Timing`: how long the parts of an answer took, for whoever asks.

use std::{fmt::Write, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode};
use pennon_telemetry::{Phase, Scope};

use crate::{Request, Response};

/// Asks for `Server-Timing`, with the value `1`. There is no standard way to: servers send it to all or to none. It is a header and
/// not a parameter of the query, because the query of an OFREP request is the provider's, and a header can be added to any client.
const ASKS: HeaderName = HeaderName::from_static("pennon-server-timing");
/// Server Timing (W3C working draft), section 3.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Whether the caller wants to know how long the parts of the answer take.
pub(crate) fn is_asked_for(request: &Request) -> bool {
    request.headers.get(ASKS).is_some_and(|value| value == "1")
}

/// Says how long the parts took, in milliseconds, and all of it. Only who was answered is told: how long it takes to refuse a key is
/// nobody's business who has none.
pub(crate) fn attach(scope: &Scope, total: Duration, response: &mut Response) {
    if !(response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED) {
        return;
    }
    let mut parts = String::with_capacity(96);
    for phase in Phase::ALL {
        if let Some(took) = scope.duration_of(phase) {
            write_part(&mut parts, phase.as_str(), took.duration);
        }
    }
    write_part(&mut parts, "total", total);
    if let Ok(value) = HeaderValue::from_str(&parts) {
        response.headers_mut().insert(SERVER_TIMING, value);
    }
}

fn write_part(parts: &mut String, name: &str, took: Duration) {
    let separator = if parts.is_empty() { "" } else { ", " };
    // Writing to a string cannot fail.
    let _ = write!(parts, "{separator}{name};dur={:.3}", took.as_secs_f64() * 1000.0);
}
