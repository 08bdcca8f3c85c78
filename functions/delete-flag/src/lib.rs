//! `DELETE /v1/projects/{project}/environments/{environment}/flags/{key}`: deletes a flag.

use std::sync::Arc;

use pennon_domain::{Action, Refusal, Role, StoredAnswer, text_tag};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::{Current, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("DELETE", "/v1/projects/{project}/environments/{environment}/flags/{key+}")
        .requires(Role::Editor);

/// Deletes a flag.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |current: &Current| {
        let before = current.definition.flag(&key).ok_or(Refusal::NotFound("flag"))?;
        condition.check(Some(&text_tag(before)))?;
        let definition = current.definition.without_flag(&key)?;
        Ok(current.replace(Action::FlagDeleted, definition, |outcome| {
            StoredAnswer::no_content(Some(outcome.version))
        }))
    };
    management::answer(store.change(&id, &call, decide).await?)
}
