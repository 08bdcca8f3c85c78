//! `GET /v1/projects/{project}`: a project.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/projects/{project}").requires(Role::Viewer);

/// Shows a project.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let key = management::project(&ROUTE, &request)?;
    let project = store.project(&key).await?.ok_or_else(|| Problem::no_such("project"))?;
    Ok(management::represented(&request, management::project_text(&project)))
}
