//! `GET /v1/projects`: the projects that the caller may see.

use std::sync::Arc;

use pennon_domain::{Page, Principal, Project, Role, StoreError};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/projects").requires(Role::Viewer);

const MAX_PAGE: usize = 1000;

/// Lists the projects in which the caller has a role, by key.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let asked = management::page(&request, MAX_PAGE)?;
    let projects = visible(&store, &request.principal()?, asked.after, asked.limit).await?;
    Ok(management::listed(&request, projects.map(|project| management::project_text(&project))))
}

/// Reads on until there are as many as asked for: whoever sees few projects must not get empty pages.
async fn visible(
    store: &Store,
    principal: &Principal,
    mut after: Option<String>,
    limit: usize,
) -> Result<Page<Project>, StoreError> {
    let mut items = Vec::new();
    loop {
        let page = store.projects(after.as_deref(), limit - items.len()).await?;
        items.extend(page.items.into_iter().filter(|project| principal.role_in(&project.key).is_some()));
        after = page.next;
        if after.is_none() || items.len() >= limit {
            return Ok(Page { items, next: after });
        }
    }
}
