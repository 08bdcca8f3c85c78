//! `PATCH /v1/projects/{project}/environments/{environment}/segments/{key}`: changes a part of a segment.

use std::sync::Arc;

use pennon_domain::{Action, Refusal, Role, StoredAnswer, limits, text_tag};
use pennon_http::{Answer, Request, Route, management};
use pennon_store::{Current, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("PATCH", "/v1/projects/{project}/environments/{environment}/segments/{key+}")
        .requires(Role::Editor);

/// Applies a JSON merge patch (RFC 7396).
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let (id, key) = (management::environment(&ROUTE, &request)?, management::flag_key(&ROUTE, &request)?);
    let patch = management::text_body(&request, limits::MAX_EDIT_BYTES)?;
    let (call, condition) = (management::call(&request)?, management::precondition(&request)?);
    let decide = |current: &Current| {
        let before = current.definition.segment(&key).ok_or(Refusal::NotFound("segment"))?;
        condition.check(Some(&text_tag(before)))?;
        let edit = current.definition.with_patched_segment(&key, patch)?;
        let etag = edit.definition.segment(&key).map(text_tag);
        Ok(current.replace(Action::SegmentPut, edit.definition, |outcome| StoredAnswer {
            etag,
            ..management::receipt(outcome, &edit.warnings)
        }))
    };
    management::answer(store.change(&id, &call, decide).await?)
}
