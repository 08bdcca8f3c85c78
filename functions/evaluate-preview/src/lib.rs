//! `POST /v1/projects/{project}/environments/{environment}/evaluate-preview`: evaluates a draft of a flag, and says why.

use std::sync::Arc;

use http::StatusCode;
use pennon_domain::{Context, Definition, Edit, Refusal, Role, Ruleset, limits};
use pennon_http::{Answer, Problem, Request, Route, json, management};
use pennon_store::Store;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Where API Gateway mounts this function.
pub const ROUTE: Route =
    Route::new("POST", "/v1/projects/{project}/environments/{environment}/evaluate-preview")
        .requires(Role::Viewer);

/// What a draft without a key is called.
const UNNAMED: &str = "draft";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'b> {
    /// The key of the flag.
    key: Option<String>,
    /// Its draft; absent is the flag as it is.
    #[serde(borrow)]
    flag: Option<&'b RawValue>,
    /// Drafts of segments by name, beside those that there are.
    #[serde(borrow, default)]
    segments: std::collections::BTreeMap<String, &'b RawValue>,
    #[serde(borrow)]
    context: Option<&'b RawValue>,
}

/// Evaluates a flag for a context as if its draft had been saved, and explains which rule decided. Saves nothing.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let id = management::environment(&ROUTE, &request)?;
    let body: Body<'_> = management::parsed(management::text_body(&request, limits::MAX_EDIT_BYTES)?)?;
    let context = body.context.map_or("{}", RawValue::get);
    let context = Context::from_ofrep_body(format!("{{\"context\":{context}}}").as_bytes())?;
    let current = store.current(&id).await?.ok_or_else(|| Problem::no_such("environment"))?;
    let key = body.key.as_deref().or(body.flag.map(|_| UNNAMED));
    let key = key.ok_or_else(|| Refusal::invalid("", "there is neither a key nor a flag"))?;
    let draft = drafted(&current.definition, key, &body)?;
    let ruleset = Ruleset::new(&draft.definition, current.head.bucketing);
    let explanation =
        ruleset.explain(key, &context, request.received).ok_or_else(|| Problem::no_such("flag"))?;
    Ok(json(StatusCode::OK, management::preview(&explanation.to_json(), &draft.warnings)))
}

/// The environment as it would be with the drafts.
fn drafted(current: &Definition, key: &str, body: &Body<'_>) -> Result<Edit, Refusal> {
    let mut definition = current.clone();
    for (name, rule) in &body.segments {
        let edit = definition.with_segment(name, rule.get());
        definition = edit.map_err(|refusal| refusal.under(&["segments", name]))?.definition;
    }
    match body.flag {
        Some(flag) => definition.with_flag(key, flag.get()).map_err(|refusal| refusal.under(&["flag"])),
        None => Ok(Edit { definition, warnings: Vec::new() }),
    }
}
