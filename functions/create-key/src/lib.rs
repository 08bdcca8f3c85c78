//! `POST /v1/projects/{project}/environments/{environment}/keys`: makes an SDK key.

use std::sync::Arc;

use pennon_auth::SdkKey;
use pennon_domain::{Action, Call, KeyInfo, Refusal, Role, Scope, StoredAnswer, Timestamp, limits, text_tag};
use pennon_http::{Answer, Problem, Request, Route, management};
use pennon_store::{Current, Decision, KeyEdit, Store};
use serde::Deserialize;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/keys").requires(Role::Admin);

const NO_FUTURE: &str = "expiresAt is a moment in the future, by RFC 3339";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    name: String,
    scope: String,
    expires_at: Option<String>,
}

/// Makes a key. Its secret is in this answer and nowhere else.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let call = management::call(&request)?;
    let (key, secret) = SdkKey::generate(&id).map_err(Problem::internal)?;
    let info = info(management::json_body(&request)?, key.kid(), &call)?;
    let (_, record) = key.record(info.scope, info.expires);
    let decide = |current: &Current| {
        // Here and not before, as a retry may come when the key has expired.
        if info.expires.is_some_and(|end| end <= call.author.at) {
            return Err(Refusal::invalid("/expiresAt", NO_FUTURE));
        }
        let answer = StoredAnswer {
            status: 201,
            etag: Some(text_tag(&management::key_text(&info, None))),
            version: Some(current.next_version()),
            body: management::key_text(&info, Some(&secret)),
        };
        let key = Some(KeyEdit::Add(info.clone(), record.clone()));
        Ok(Decision::Change { action: Action::KeyCreated, definition: None, key, answer })
    };
    management::answer(store.change(&id, &call, decide).await?)
}

fn info(body: Body, kid: &str, call: &Call) -> Result<KeyInfo, Refusal> {
    let Body { name, scope, expires_at } = body;
    management::check_label("/name", &name, limits::MAX_NAME_LENGTH)?;
    let scope = Scope::from_name(&scope)
        .ok_or_else(|| Refusal::invalid("/scope", "the scope is server or client"))?;
    let moment = |text: String| {
        Timestamp::from_rfc3339(&text).ok_or_else(|| Refusal::invalid("/expiresAt", NO_FUTURE))
    };
    let expires = expires_at.map(moment).transpose()?;
    let created_by = call.author.actor.clone();
    Ok(KeyInfo { kid: kid.to_owned(), name, scope, created: call.author.at, created_by, expires })
}
