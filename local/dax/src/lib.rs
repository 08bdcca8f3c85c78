//! A DAX cluster on loopback ports, over any DynamoDB: for development and tests. Never deployed.
//!
//! It speaks the protocol of Amazon DynamoDB Accelerator, so that the official clients work with it, and caches as the
//! service does: items and results of queries with their times to live, negative entries, writes that go through. What
//! must be seen to fail can be made to fail: see [`Fault`].
//!
//! ```no_run
//! # fn main() -> Result<(), dax_local::Error> {
//! use dax_local::{Cluster, Fault, FaultKind, Options};
//!
//! let cluster = Cluster::start(Options {
//!     dynamodb: "http://127.0.0.1:8000".to_owned(),
//!     nodes: 3,
//!     ..Options::default()
//! })?;
//! println!("{}", cluster.url());
//! cluster.node(1).inject(Fault::new(FaultKind::BlackHole));
//! cluster.node(2).stop();
//! # Ok(())
//! # }
//! ```

#![expect(clippy::result_large_err, reason = "an error is what the client is told, once for a call")]

mod authorization;
mod backend;
mod cache;
mod cluster;
mod connection;
mod counters;
mod error;
mod faults;
mod metadata;
mod node;
mod options;
mod server;
mod service;
mod sync;
mod tls;
mod wire;

pub use cluster::Cluster;
pub use counters::Counters;
pub use dax_client::protocol::{error::ServiceError, key::Attributes, method::Method};
pub use error::Error;
pub use faults::{Fault, FaultKind};
pub use node::Node;
pub use options::{Credentials, Options};
