//! `GET /v1/snapshot`: the environment as a flagd definition file, for flagd and for in-process providers.

use std::sync::Arc;

use http::StatusCode;
use pennon_auth::SdkKey;
use pennon_domain::{Denied, Scope};
use pennon_http::{Answer, Body, Problem, Request, Route, caching::ETag, json, with_version};
use pennon_store::{Freshness, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/snapshot").sdk_key();

/// A cache may answer for as long as memory would, and through an outage for as long as we would.
const CACHE_CONTROL: &str = "private, max-age=2, stale-if-error=3600";

/// Sends the definition file of the current version, decompressing it while it is sent, or says that the caller's copy is
/// current. A client key does not open it: the file holds every flag and every rule.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let key = SdkKey::from_headers(&request.headers)?;
    let environment = store.environment(key.environment(), Freshness::Cached).await?;
    let (environment, scope) = key.open(environment, request.received)?;
    if scope != Scope::Server {
        return Err(Denied::Forbidden.into());
    }
    let view = store.snapshot(&environment).await?;
    let etag = ETag::new(&view.head.config_etag);
    if etag.is_in(&request.headers) {
        return Ok(with_version(etag.not_modified(CACHE_CONTROL), view.as_of()));
    }
    let definition = view.snapshot.reader().map_err(Problem::internal)?;
    let response = etag.attach(CACHE_CONTROL, json(StatusCode::OK, Body::stream(definition)));
    Ok(with_version(response, view.as_of()))
}
