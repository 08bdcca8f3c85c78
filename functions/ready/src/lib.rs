//! `GET /ready`: whether what the functions depend on answers.

use std::sync::Arc;

use http::StatusCode;
use pennon_http::{Answer, Request, Route, json};
use pennon_store::Store;

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/ready").open();

/// Says that the data can be reached; 503 if not.
pub async fn handle(store: Store, _: Arc<Request>) -> Answer {
    store.ping().await?;
    Ok(json(StatusCode::OK, r#"{"status":"ready"}"#))
}
