//! `DELETE /v1/projects/{project}/environments/{environment}/keys/{kid}`: revokes an SDK key.

use std::sync::Arc;

use pennon_domain::{Action, Refusal, Role, StoredAnswer, text_tag};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::{Current, Decision, KeyEdit, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("DELETE", "/v1/projects/{project}/environments/{environment}/keys/{kid}")
    .requires(Role::Admin);

/// Revokes a key. Evaluation refuses it 2.5 seconds later at the latest.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let kid = management::parameter(&ROUTE, &request, "kid")?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    // It never changes, so it may be read before.
    let info = store.key(&id, &kid).await?;
    let decide = |current: &Current| {
        let info = info.as_ref().filter(|_| current.head.keys.contains_key(&*kid));
        let info = info.ok_or(Refusal::NotFound("SDK key"))?;
        condition.check(Some(&text_tag(&management::key_text(info, None))))?;
        let answer = StoredAnswer::no_content(Some(current.next_version()));
        let key = Some(KeyEdit::Revoke(kid.clone().into_owned()));
        Ok(Decision::Change { action: Action::KeyRevoked, definition: None, key, answer })
    };
    management::answer(store.change(&id, &call, decide).await?)
}
