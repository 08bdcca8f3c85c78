//! `GET /v1/projects/{project}/environments/{environment}`: an environment.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{
    Answer, Problem, Request, Route,
    management::{self, environment_text},
};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}").requires(Role::Viewer);

/// Shows an environment; what it serves is shown by its flags and segments.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let info = store.environment_info(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    Ok(management::represented(&request, environment_text(&id.project(), &info)))
}
