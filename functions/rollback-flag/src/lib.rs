//! `POST /v1/projects/{project}/environments/{environment}/rollback/{key}`: gives a flag the content of an earlier version.

use std::sync::Arc;

use pennon_domain::{Action, Edit, Refusal, Role, StoredAnswer, text_tag};
use pennon_http::{
    Answer, Request, Route,
    management::{self, Earlier},
};
use pennon_store::{Current, FlagThen, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/rollback/{key+}")
        .requires(Role::Editor);

/// Makes a new version in which the flag is what it was in an earlier one, and all else as it is. A flag that was not there then
/// is deleted.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let Earlier { version } = management::json_body(&request)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let then = store.flag_at(&id, &key, version).await?;
    let decide = |current: &Current| {
        condition.check(current.definition.flag(&key).map(text_tag).as_deref())?;
        let edit = restored(current, &key, &then)?;
        let etag = edit.definition.flag(&key).map(text_tag);
        Ok(current.replace(Action::FlagRolledBack, edit.definition, |outcome| StoredAnswer {
            etag,
            ..management::detailed_receipt(outcome, &edit.warnings, false)
        }))
    };
    management::answer(store.change(&id, &call, decide).await?)
}

fn restored(current: &Current, key: &str, then: &FlagThen) -> Result<Edit, Refusal> {
    match then {
        FlagThen::Unknown => {
            Err(Refusal::invalid("/version", "what the flag was in this version is not known"))
        }
        FlagThen::Present(text) => current.definition.with_flag(key, text),
        FlagThen::Absent => {
            let definition = current.definition.without_flag(key)?;
            Ok(Edit { definition, warnings: Vec::new() })
        }
    }
}
