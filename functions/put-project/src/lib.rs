//! `PUT /v1/projects/{project}`: makes or changes a project.

use std::sync::Arc;

use pennon_domain::{Project, Role, StoredAnswer, text_tag};
use pennon_http::{
    Answer, Request, Route,
    management::{self, Labels, project_text},
};
use pennon_store::{ProjectDecision, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("PUT", "/v1/projects/{project}").requires(Role::Admin);

/// Makes a project, or gives it another name and description.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let key = management::project(&ROUTE, &request)?;
    let labels = management::json_body::<Labels>(&request)?.checked()?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |before: Option<&Project>| {
        condition.check(before.map(|project| text_tag(&project_text(project))).as_deref())?;
        let project = Project {
            key: key.clone(),
            name: labels.name_or(key.as_str()),
            description: labels.description(),
            created: before.map_or(call.author.at, |project| project.created),
        };
        let body = project_text(&project);
        let status = if before.is_some() { 200 } else { 201 };
        let answer = StoredAnswer { status, etag: Some(text_tag(&body)), version: None, body };
        if before == Some(&project) {
            return Ok(ProjectDecision::Unchanged(answer));
        }
        Ok(ProjectDecision::Put { project, answer })
    };
    management::answer(store.change_project(&key, &call, decide).await?)
}
