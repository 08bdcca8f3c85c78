//! `GET /health`: whether the process is alive. No I/O: a dependency that fails must not get processes replaced.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use http::StatusCode;
use pennon_http::{Answer, Request, Route, json};

/// Where API Gateway mounts this function.
pub const ROUTE: Route = Route::new("GET", "/health").open();

const ALIVE: &str = concat!(r#"{"status":"ok","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#);

/// Says that the process is alive, and which version of Pennon it is.
pub fn handle((): (), _: Arc<Request>) -> Ready<Answer> {
    ready(Ok(json(StatusCode::OK, ALIVE)))
}
