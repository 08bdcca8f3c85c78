//! `GET /v1/projects/{project}/audit`: who changed what in a project.

use std::sync::Arc;

use pennon_domain::{EnvironmentKey, Role};
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/projects/{project}/audit").requires(Role::Viewer);

/// An entry may hold a whole import.
const MAX_PAGE: usize = 50;

/// Lists changes, newest first; with `environment` only those of one environment.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let project = management::project(&ROUTE, &request)?;
    let asked = management::page(&request, MAX_PAGE)?;
    let environment: Option<EnvironmentKey> =
        request.query_parameter("environment").map(|key| key.parse()).transpose()?;
    store.project(&project).await?.ok_or_else(|| Problem::no_such("project"))?;
    let entries = store.audit(&project, environment.as_ref(), asked.after.as_deref(), asked.limit).await?;
    Ok(management::listed(&request, entries.map(|entry| management::audit_text(&entry))))
}
