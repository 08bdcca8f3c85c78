//! What tests need and production must not have: an embedded DynamoDB, a proxy that makes it fail on demand, one that breaks any
//! connection, what events are answered, a clock that stands still, and how late the machine is.

use aws_sdk_dynamodb::{Client, config::retry::RetryPartition};

mod clock;
pub mod events;
mod proxy;
mod stalls;
mod tcp;

pub use clock::ManualClock;
pub use pennon_dynamodb_local::{EmbeddedDynamoDb, Error, Storage};
pub use proxy::{Fault, FaultProxy, Scope, Watch};
pub use stalls::{Stalls, lateness};
pub use tcp::{Schedule, Spell, TcpFault, TcpProxy};

/// A client of a DynamoDB that takes any credentials, at that URL.
///
/// It has a retry budget of its own. The SDK's default one is shared by all clients of a process: the outages of one test
/// would use up the retries of another.
pub fn client(endpoint: &str) -> Client {
    let config = pennon_dynamodb_local::client(endpoint).config().to_builder();
    Client::from_conf(config.retry_partition(RetryPartition::custom("test").build()).build())
}
