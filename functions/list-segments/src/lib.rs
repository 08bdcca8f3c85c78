//! `GET /v1/projects/{project}/environments/{environment}/segments`: the segments of an environment.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{Answer, Problem, Request, Route, management, with_version};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}/segments").requires(Role::Viewer);

const MAX_PAGE: usize = 1000;

/// Lists segments by name.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let asked = management::page(&request, MAX_PAGE)?;
    let current = store.current(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let segments = current.definition.select_segments(asked.after.as_deref(), asked.limit);
    let items = segments.map(|(name, text)| management::definition_item(name, text));
    Ok(with_version(management::listed(&request, items), current.as_of()))
}
