//! What tests need and production must not have: an embedded DynamoDB, a proxy that makes it fail on demand, and a clock that
//! stands still.

mod clock;
mod proxy;

pub use clock::ManualClock;
pub use pennon_dynamodb_local::{EmbeddedDynamoDb, Error, Storage, client};
pub use proxy::{Fault, FaultProxy, Scope, Watch};
