//! `POST /v1/projects/{project}/environments/{environment}/promote`: takes over flags from another environment of the project.

use std::sync::Arc;

use pennon_domain::{Action, EnvironmentId, EnvironmentKey, InvalidKey, Refusal, Role, StoredAnswer};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::{Current, Store};
use serde::Deserialize;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/promote").requires(Role::Editor);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    /// The key of the environment to take them from.
    from: String,
    /// Which; absent is all.
    flags: Option<Vec<String>>,
    /// Whether flags that the other environment does not have go.
    #[serde(default)]
    prune: bool,
    /// Whether to say only what would change.
    #[serde(default)]
    dry_run: bool,
}

/// Takes over flags, and the segments that they refer to, in one change, and says what is different.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let Body { from, flags, prune, dry_run } = management::json_body(&request)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let from: EnvironmentKey =
        from.parse().map_err(|error: InvalidKey| Refusal::invalid("/from", error.to_string()))?;
    let source = store.current(&EnvironmentId::new(&id.project(), &from)).await?;
    let decide = |current: &Current| {
        if !dry_run {
            condition.check(Some(&current.head.config_etag))?;
        }
        let missing = || Refusal::invalid("/from", "there is no such environment in the project");
        let source = source.as_ref().ok_or_else(missing)?;
        let edit = current.definition.promoted_from(&source.definition, flags.as_deref(), prune)?;
        let etag = (!dry_run).then(|| edit.definition.etag(current.head.bucketing));
        Ok(current.replace(Action::Promoted, edit.definition, |outcome| StoredAnswer {
            etag,
            ..management::detailed_receipt(outcome, &edit.warnings, dry_run)
        }))
    };
    if dry_run {
        return management::answer(store.rehearse(&id, decide).await?);
    }
    management::answer(store.change(&id, &call, decide).await?)
}
