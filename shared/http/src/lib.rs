//! The HTTP edge that every function shares: what a request is, how an answer or a [`Problem`] becomes a response, and how
//! either travels through the Lambda runtime.
//!
//! It knows what a flag evaluation is (`pennon-domain`), but not how flags are stored. Only this crate names `lambda_http`.

mod authorizer;
mod body;
pub mod caching;
mod config;
pub mod cors;
mod edge;
mod lambda;
pub mod management;
mod metrics;
pub mod ofrep;
mod problem;
mod process;
mod request;
mod response;
mod route;
#[cfg(feature = "otel")]
mod spans;
mod stream;
mod telemetry;
mod timing;

pub use authorizer::{AuthorizerError, AuthorizerRequest, AuthorizerResponse, serve_authorizer};
pub use body::Body;
pub use edge::{Answer, refuse, respond};
pub use lambda::{adapt_event, answer_event, serve, serve_streaming};
pub use lambda_http::Error;
pub use problem::Problem;
pub use process::stateless;
pub use request::Request;
pub use response::{Response, STALE_HEADER, VERSION_HEADER, json, with_version};
pub use route::{Access, ErrorFormat, Route};
pub use stream::{StreamBatch, StreamError, StreamRecord, StreamResponse, serve_stream};
pub use telemetry::init as init_telemetry;
