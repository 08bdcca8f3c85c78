//! `GET /v1/projects/{project}/environments`: the environments of a project.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{
    Answer, Problem, Request, Route,
    management::{self, environment_text},
};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/projects/{project}/environments").requires(Role::Viewer);

const MAX_PAGE: usize = 1000;

/// Lists the environments of a project, by key.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let project = management::project(&ROUTE, &request)?;
    let asked = management::page(&request, MAX_PAGE)?;
    store.project(&project).await?.ok_or_else(|| Problem::no_such("project"))?;
    let environments = store.environments(&project, asked.after.as_deref(), asked.limit).await?;
    let text = |info| environment_text(&project, &info);
    Ok(management::listed(&request, environments.map(text)))
}
