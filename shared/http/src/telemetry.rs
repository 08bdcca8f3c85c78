//! What is said of a request besides its answer: which trace it belongs to, how long it took, what became of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderName, StatusCode};
use pennon_telemetry::{LogConfig, Scope, Trace, init_logging};

use crate::{Request, Response, Route, metrics, timing};

/// W3C Trace Context, section 3.2.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// AWS X-Ray's. The Lambda runtime sets it from the invocation, so it is the service's word and not the caller's.
const XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Starts logging to standard output, at the level and in the form that the environment names (docs/LOGGING.md). Call once, first.
pub fn init() {
    init_logging(&LogConfig::from_env());
}

/// A request while it is answered.
pub(crate) struct Answering {
    pub(crate) scope: Arc<Scope>,
    began: Instant,
    received: pennon_domain::Timestamp,
    timed: bool,
    #[cfg(feature = "otel")]
    span: Option<pennon_telemetry::RequestSpan>,
}

impl Answering {
    /// The scope is the invocation's, where there is an invocation around the request.
    pub(crate) fn begin(
        #[cfg_attr(not(feature = "otel"), expect(unused_variables, reason = "spans are named after it"))]
        route: &Route,
        request: &Request,
    ) -> Self {
        let scope = Scope::current().unwrap_or_else(|| Scope::new(request.id.as_str()));
        scope.set_trace(trace(request));
        let timed = timing::is_asked_for(request);
        if timed {
            scope.measure();
        }
        Self {
            #[cfg(feature = "otel")]
            span: crate::spans::begin(route, request, &scope),
            scope,
            began: Instant::now(),
            received: request.received,
            timed,
        }
    }

    /// Counts what became of the request, and adds how long it took if that was asked for.
    pub(crate) fn end(self, mut response: Response) -> Response {
        let took = self.began.elapsed();
        metrics::request(took);
        if response.status() == StatusCode::NOT_MODIFIED {
            metrics::not_modified();
        }
        if let Some(served) = self.scope.served() {
            // Confirmed since the request came, or by a clock that was set back: as new as can be.
            let age = self.received.since(served.confirmed).unwrap_or(Duration::ZERO);
            metrics::served(age, served.stale);
        }
        if self.timed {
            timing::attach(&self.scope, took, &mut response);
        }
        #[cfg(feature = "otel")]
        if let Some(span) = self.span {
            span.end(&self.scope, response.status().as_u16());
        }
        response
    }
}

/// The trace that the request belongs to. A `traceparent` that is there twice says nothing (W3C Trace Context, section 3.2.1).
fn trace(request: &Request) -> Option<Trace> {
    let mut parents = request.headers.get_all(TRACEPARENT).iter();
    let parent = parents.next().filter(|_| parents.next().is_none());
    Trace::from_headers(parent.and_then(|parent| parent.to_str().ok()), request.header(XRAY))
}
