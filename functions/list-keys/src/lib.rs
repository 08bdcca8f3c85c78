//! `GET /v1/projects/{project}/environments/{environment}/keys`: the SDK keys of an environment.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}/keys").requires(Role::Viewer);

const MAX_PAGE: usize = 1000;

/// Lists keys by identifier. Their secrets are not kept, so they cannot be shown.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let asked = management::page(&request, MAX_PAGE)?;
    store.environment_info(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let keys = store.keys(&id, asked.after.as_deref(), asked.limit).await?;
    Ok(management::listed(&request, keys.map(|key| management::key_item(&key))))
}
