//! `GET /v1/projects/{project}/environments/{environment}/flags/{key}`: the definition of a flag.

use std::sync::Arc;

use pennon_domain::Role;
use pennon_http::{Answer, Problem, Request, Route, management, with_version};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/v1/projects/{project}/environments/{environment}/flags/{key+}")
    .requires(Role::Viewer);

/// Shows a flag as flagd defines it, as it was written but for white space.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let current = store.current(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let text = current.definition.flag(&key).ok_or_else(|| Problem::no_such("flag"))?;
    Ok(with_version(management::represented(&request, text.to_owned()), current.as_of()))
}
