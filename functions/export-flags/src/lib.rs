//! `GET /v1/projects/{project}/environments/{environment}/export`: an environment as a flagd definition file.

use std::sync::Arc;

use http::StatusCode;
use pennon_domain::Role;
use pennon_http::{Answer, Body, Problem, Request, Route, caching::ETag, json, management, with_version};
use pennon_store::{Freshness, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}/export").requires(Role::Viewer);

const CACHE_CONTROL: &str = "private, no-cache";

/// Sends the definition file of the current version, decompressing it while it is sent. Its entity tag is what imports,
/// promotions and rollbacks of the environment take as `If-Match`.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let environment =
        store.environment(&id, Freshness::Now).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let view = store.snapshot(&environment).await?;
    let etag = ETag::new(&view.head.config_etag);
    if etag.is_in(&request.headers) {
        return Ok(with_version(etag.not_modified(CACHE_CONTROL), view.as_of()));
    }
    let definition = view.snapshot.reader().map_err(Problem::internal)?;
    let response = etag.attach(CACHE_CONTROL, json(StatusCode::OK, Body::stream(definition)));
    Ok(with_version(response, view.as_of()))
}
