//! `POST /v1/projects/{project}/environments/{environment}/rollback`: gives an environment the content of an earlier version.

use std::sync::Arc;

use pennon_domain::{Action, Refusal, Role, StoredAnswer};
use pennon_http::{
    Answer, Request, Route,
    management::{self, Earlier},
};
use pennon_store::{Current, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/rollback").requires(Role::Editor);

/// Makes a new version with the flags and segments of an earlier one. The SDK keys stay as they are.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let Earlier { version } = management::json_body(&request)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let earlier = store.definition_at(&id, version).await?;
    let decide = |current: &Current| {
        condition.check(Some(&current.head.config_etag))?;
        let earlier =
            earlier.clone().ok_or_else(|| Refusal::invalid("/version", "this version is not kept"))?;
        let etag = Some(earlier.etag(current.head.bucketing));
        Ok(current.replace(Action::RolledBack, earlier, |outcome| StoredAnswer {
            etag,
            ..management::detailed_receipt(outcome, &[], false)
        }))
    };
    management::answer(store.change(&id, &call, decide).await?)
}
