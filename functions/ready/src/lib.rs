//! `GET /ready`: whether what the functions depend on answers.

use std::sync::Arc;

use http::StatusCode;
use pennon_http::{Answer, Request, Route, json};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/ready").open();

/// Says that the data can be reached, and how DAX is; 503 if the data cannot. Without DAX it can all the same.
pub async fn handle(store: Store, _: Arc<Request>) -> Answer {
    let dax = store.ready().await?.as_str();
    Ok(json(StatusCode::OK, format!(r#"{{"status":"ready","dynamodb":"ok","dax":"{dax}"}}"#)))
}
