//! `POST /ofrep/v1/evaluate/flags/{key}`: the value of one flag for one context.

use std::sync::Arc;

use pennon_auth::SdkKey;
use pennon_http::{Answer, Request, Route, ofrep};
use pennon_store::{Freshness, Store};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("POST", "/ofrep/v1/evaluate/flags/{key+}").sdk_key().ofrep();

/// Evaluates the flag named in the path.
pub async fn handle(store: Store, request: Arc<Request>) -> Answer {
    let flag = ofrep::flag_key(&ROUTE, &request)?;
    let context = ofrep::context(&request)?;
    let key = SdkKey::from_headers(&request.headers)?;
    let environment = store.environment(key.environment(), Freshness::Cached).await?;
    let (environment, scope) = key.open(environment, request.received)?;
    let view = store.snapshot(&environment).await?;
    Ok(ofrep::single(&view.ruleset, &flag, scope, &context, request.received, view.as_of()))
}
