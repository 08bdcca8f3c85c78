//! `PUT /v1/projects/{project}/environments/{environment}/flags/{key}`: makes or changes a flag.

use std::sync::Arc;

use pennon_domain::{Action, Role, StoredAnswer, limits, text_tag};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::{Current, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("PUT", "/v1/projects/{project}/environments/{environment}/flags/{key+}")
    .requires(Role::Editor);

/// Makes the body the definition of the flag, if it has no fault.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let text = management::text_body(&request, limits::MAX_EDIT_BYTES)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |current: &Current| {
        let before = current.definition.flag(&key);
        condition.check(before.map(text_tag).as_deref())?;
        let edit = current.definition.with_flag(&key, text)?;
        let status = if before.is_some() { 200 } else { 201 };
        let etag = edit.definition.flag(&key).map(text_tag);
        Ok(current.replace(Action::FlagPut, edit.definition, |outcome| StoredAnswer {
            status,
            etag,
            ..management::receipt(outcome, &edit.warnings)
        }))
    };
    management::answer(store.change(&id, &call, decide).await?)
}
