//! `GET /v1/projects/{project}/environments/{environment}/history/{key}`: who changed a flag.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}/history/{key+}")
        .requires(Role::Viewer);

/// An entry may hold a whole import.
const MAX_PAGE: usize = 50;

/// Lists the changes of one flag, newest first, those of many flags at once included. A flag that never was has none.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let asked = management::page(&request, MAX_PAGE)?;
    store.environment_info(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let entries = store.history(&id, &key, asked.after.as_deref(), asked.limit).await?;
    Ok(management::listed(&request, entries.map(|entry| management::audit_text(&entry))))
}
