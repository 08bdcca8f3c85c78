//! `DELETE /v1/projects/{project}`: deletes a project.

use std::sync::Arc;

use pennon_domain::{
    Call, ChangeError, EnvironmentId, Project, ProjectKey, Refusal, Role, StoredAnswer, text_tag,
};
use pennon_http::{
    Answer, Request, Route,
    management::{self, project_text},
};
use pennon_store::{EnvironmentDecision, ProjectDecision, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("DELETE", "/v1/projects/{project}").requires(Role::Admin);

/// Environments that are read at once.
const BATCH: usize = 100;

/// Deletes a project without environments; with `force=true` the environments and all that is in them as well. Its audit
/// stays.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let key = management::project(&ROUTE, &request)?;
    let force = management::is_set(&request, "force")?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let check = |project: Option<&Project>| {
        let project = project.ok_or(Refusal::NotFound("project"))?;
        condition.check(Some(&text_tag(&project_text(project))))
    };
    if force && let Some(project) = store.project(&key).await? {
        check(Some(&project))?;
        delete_environments(&store, &key, &call).await?;
    }
    let decide = |project: Option<&Project>| {
        check(project)?;
        Ok(ProjectDecision::Delete { answer: StoredAnswer::no_content(None) })
    };
    management::answer(store.change_project(&key, &call, decide).await?)
}

/// One by one: each is a change of its own, and a retry goes on where this was interrupted.
async fn delete_environments(store: &Store, project: &ProjectKey, call: &Call) -> Result<(), ChangeError> {
    let call = Call { author: call.author.clone(), idempotency: None };
    loop {
        let page = store.environments(project, None, BATCH).await?;
        if page.items.is_empty() {
            return Ok(());
        }
        for environment in page.items {
            let id = EnvironmentId::new(project, &environment.key);
            let deleted = store.change_environment(&id, &call, |_| {
                Ok(EnvironmentDecision::Delete { answer: StoredAnswer::no_content(None) })
            });
            match deleted.await {
                // Somebody else deleted it meanwhile.
                Ok(_) | Err(ChangeError::Refused(Refusal::NotFound(_))) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
