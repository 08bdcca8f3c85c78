//! `POST /v1/projects/{project}/environments/{environment}/evaluate-preview`: evaluates a draft of a flag, and says why.

use std::{collections::BTreeMap, sync::Arc};

use http::StatusCode;
use pennon_domain::{Context, Definition, Edit, Fault, Refusal, Role, Ruleset, limits};
use pennon_http::{Answer, Problem, Request, Route, json, management};
use pennon_store::Store;
use serde::{Deserialize, Serialize};
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
    segments: BTreeMap<String, &'b RawValue>,
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

/// A definition file of the drafts.
#[derive(Serialize)]
struct File<'b> {
    flags: BTreeMap<&'b str, &'b RawValue>,
    #[serde(rename = "$evaluators")]
    segments: &'b BTreeMap<String, &'b RawValue>,
}

/// The environment as it would be with the drafts: all of them at once, since they may refer to each other.
fn drafted(current: &Definition, key: &str, body: &Body<'_>) -> Result<Edit, Problem> {
    let flags = body.flag.map(|flag| (key, flag)).into_iter().collect();
    let file = serde_json::to_string(&File { flags, segments: &body.segments }).map_err(Problem::internal)?;
    let edit = current.merged_with_file(&file).map_err(|refusal| match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(in_body).collect()),
        other => other,
    });
    Ok(edit?)
}

/// A fault in the file, at the place in the body that it comes from.
fn in_body(fault: Fault) -> Fault {
    let mut steps = fault.pointer.splitn(4, '/').skip(1);
    let pointer = match (steps.next(), steps.next(), steps.next()) {
        (Some("flags"), _, Some(rest)) => format!("/flag/{rest}"),
        (Some("flags"), ..) => "/flag".to_owned(),
        _ => fault.pointer.replacen("/$evaluators", "/segments", 1),
    };
    Fault { pointer, ..fault }
}
