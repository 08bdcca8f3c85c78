//! `POST /v1/projects/{project}/environments/{environment}/import`: makes a flagd definition file the content of an environment.

use std::sync::Arc;

use pennon_domain::{Action, Definition, Role, StoredAnswer, limits};
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::{Current, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/import").requires(Role::Editor);

/// What becomes of the flags that the file does not have.
#[derive(Clone, Copy)]
enum Mode {
    /// They go.
    Replace,
    /// They stay.
    Merge,
}

/// Imports a definition file in one change, and says what is different; with `dryRun=true` only says it.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let file = management::text_body(&request, limits::MAX_IMPORT_BYTES)?;
    let (mode, dry_run) = (mode(&request)?, management::is_set(&request, "dryRun")?);
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    // What replaces everything stands for itself; what is merged may refer to segments that are there.
    let whole = match mode {
        Mode::Replace => Some(Definition::parse_strict(file)?),
        Mode::Merge => None,
    };
    let decide = |current: &Current| {
        if !dry_run {
            condition.check(Some(&current.head.config_etag))?;
        }
        let edit = match &whole {
            Some(whole) => whole.clone(),
            None => current.definition.merged_with_file(file)?,
        };
        let etag = (!dry_run).then(|| edit.definition.etag(current.head.bucketing));
        Ok(current.replace(Action::Imported, edit.definition, |outcome| StoredAnswer {
            etag,
            ..management::detailed_receipt(outcome, &edit.warnings, dry_run)
        }))
    };
    if dry_run {
        return management::answer(store.rehearse(&id, decide).await?);
    }
    management::answer(store.change(&id, &call, decide).await?)
}

fn mode(request: &Request) -> Result<Mode, Problem> {
    match request.query_parameter("mode").as_deref() {
        None | Some("replace") => Ok(Mode::Replace),
        Some("merge") => Ok(Mode::Merge),
        Some(_) => Err(Problem::bad_request("mode is replace or merge")),
    }
}
