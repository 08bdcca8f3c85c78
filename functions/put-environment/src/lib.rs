//! `PUT /v1/projects/{project}/environments/{environment}`: makes or changes an environment.

use std::sync::Arc;

use pennon_domain::{EnvironmentInfo, Refusal, Role, StoredAnswer, text_tag};
use pennon_http::{
    Answer, Problem, Request, Route,
    management::{self, Labels, environment_text},
};
use pennon_store::{Current, EnvironmentDecision, Store};
use serde::Deserialize;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("PUT", "/v1/projects/{project}/environments/{environment}").requires(Role::Admin);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: Option<String>,
    description: Option<String>,
    bucketing: Option<String>,
}

/// Makes an environment, or gives it another name and description. Its bucketing generation is pinned when it is made: another
/// one would put every user into other buckets.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let Body { name, description, bucketing } = management::json_body(&request)?;
    let labels = Labels { name, description }.checked()?;
    let unknown = |_| Problem::from(Refusal::invalid("/bucketing", "bucketing is v2 or v3"));
    let bucketing = bucketing.map(|name| name.parse()).transpose().map_err(unknown)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |found: Option<(&EnvironmentInfo, &Current)>| {
        let before = found.map(|(info, _)| info);
        condition.check(before.map(|info| text_tag(&environment_text(&id.project(), info))).as_deref())?;
        if bucketing.zip(before).is_some_and(|(bucketing, before)| bucketing != before.bucketing) {
            return Err(Refusal::invalid(
                "/bucketing",
                "the bucketing generation is pinned when the environment is made",
            ));
        }
        let info = EnvironmentInfo {
            key: id.key(),
            name: labels.name_or(id.key().as_str()),
            description: labels.description(),
            bucketing: before.map_or(bucketing.unwrap_or_default(), |info| info.bucketing),
            created: before.map_or(call.author.at, |info| info.created),
        };
        let body = environment_text(&id.project(), &info);
        let status = if before.is_some() { 200 } else { 201 };
        let answer = StoredAnswer { status, etag: Some(text_tag(&body)), version: None, body };
        if before == Some(&info) {
            return Ok(EnvironmentDecision::Unchanged(answer));
        }
        Ok(EnvironmentDecision::Put { info, answer })
    };
    management::answer(store.change_environment(&id, &call, decide).await?)
}
