//! `DELETE /v1/projects/{project}/environments/{environment}`: deletes an environment.

use std::sync::Arc;

use pennon_domain::{EnvironmentInfo, Refusal, Role, StoredAnswer, text_tag};
use pennon_http::{
    Answer, Request, Route,
    management::{self, environment_text},
};
use pennon_store::{Current, EnvironmentDecision, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("DELETE", "/v1/projects/{project}/environments/{environment}").requires(Role::Admin);

/// Deletes an environment without flags, segments and SDK keys; with `force=true` whatever is in it. Its audit stays.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let force = management::is_set(&request, "force")?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |found: Option<(&EnvironmentInfo, &Current)>| {
        let (info, current) = found.ok_or(Refusal::NotFound("environment"))?;
        condition.check(Some(&text_tag(&environment_text(&id.project(), info))))?;
        let segments = current.definition.segment_names().next().is_some();
        if !force && (segments || !current.definition.is_empty() || !current.head.keys.is_empty()) {
            return Err(Refusal::conflict(
                "the environment has flags, segments or SDK keys: delete them, or say force=true",
            ));
        }
        Ok(EnvironmentDecision::Delete { answer: StoredAnswer::no_content(None) })
    };
    management::answer(store.change_environment(&id, &call, decide).await?)
}
