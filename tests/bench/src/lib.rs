//! What the benchmarks measure: environments of any size, a context, and the requests of a client.

mod environment;
mod requests;

pub use environment::{CONTEXT, definition};
pub use requests::{Served, bulk_event, serve, serve_as, single_event};
