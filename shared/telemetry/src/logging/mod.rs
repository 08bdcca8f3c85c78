//! Logging to standard output: a JSON object a line in a function, text for people elsewhere. docs/LOGGING.md lists what is logged.

mod filter;
mod json;

use std::panic::PanicHookInfo;

use tracing_subscriber::{Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use self::{filter::filter, json::JsonLines};
use crate::LogConfig;

/// Starts logging, and has panics logged. Call once, first: what is logged before is lost.
pub fn init(config: &LogConfig) {
    let lines = fmt::layer().with_ansi(false);
    let lines = if config.json {
        lines.event_format(JsonLines::new(config.function.clone())).boxed()
    } else {
        lines.with_target(false).without_time().boxed()
    };
    // It fails if there is a subscriber already, as there may be in a process of tests: then that one decides.
    let _ = tracing_subscriber::registry().with(lines).with(filter(config)).try_init();
    std::panic::set_hook(Box::new(log_panic));
}

/// The text of a panic and where it happened. It names what the code was about, and a library's may quote a part of it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let text = panic.payload_as_str().unwrap_or("not a text");
    let location = panic.location().map(ToString::to_string);
    tracing::error!(panic = text, location, "panicked");
}
