//! `GET /v1/projects/{project}/environments/{environment}/flags`: the flags of an environment.

use std::sync::Arc;

use pennon_domain::{FlagFilter, Role};
use pennon_http::{Answer, Problem, Request, Route, management, with_version};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("GET", "/v1/projects/{project}/environments/{environment}/flags").requires(Role::Viewer);

const MAX_PAGE: usize = 1000;

/// Lists flags by key: those that start with `prefix`, have the `tag` and are in that `state`.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let (asked, filter) = (management::page(&request, MAX_PAGE)?, filter(&request)?);
    let current = store.current(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let flags = current.definition.select(&filter, asked.after.as_deref(), asked.limit);
    let items = flags.map(|(key, text)| management::definition_item(key, text));
    Ok(with_version(management::listed(&request, items), current.as_of()))
}

fn filter(request: &Request) -> Result<FlagFilter, Problem> {
    let text = |name| request.query_parameter(name).map(std::borrow::Cow::into_owned);
    let enabled = match text("state").as_deref() {
        None => None,
        Some("ENABLED") => Some(true),
        Some("DISABLED") => Some(false),
        Some(_) => return Err(Problem::bad_request("state is ENABLED or DISABLED")),
    };
    Ok(FlagFilter { prefix: text("prefix"), tag: text("tag"), enabled })
}
