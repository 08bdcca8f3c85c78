//! Logs, metrics and trace ids of every function, and what is known of the request that they are about.
//!
//! A request has one [`Scope`]: the edge opens it, whoever learns something on the way notes it there ([`note`]), and whatever is
//! written meanwhile says so. It is handed on by the task and not by arguments, so that a log line in the depths of the store names the
//! request without the store knowing that there are requests.
//!
//! This crate knows neither HTTP nor the store nor Lambda's runtime. Nothing runs in the background: what is counted is written at the
//! end of an invocation, at most once a second ([`Emitter`]).

mod config;
mod emf;
mod logging;
pub mod note;
#[cfg(feature = "otel")]
mod otel;
mod phase;
mod scope;
mod trace;

pub use config::{Config, LogConfig, MetricsConfig};
pub use emf::{Emitter, InstallError};
pub use logging::init as init_logging;
#[cfg(feature = "otel")]
pub use otel::{KeyValue, RequestSpan, Tracer, TracerError, TracesConfig};
pub use phase::{Phase, Took};
pub use scope::{Scope, Scoped, Served};
pub use trace::{Trace, TraceId};

/// The release of Pennon that this is part of.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");
