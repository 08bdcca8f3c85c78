//! Changes told to others: the stream of the audit, `publish-changes` with the SDK's own client, and a bus that fails to order.

mod bus;
mod lab;
mod server;
mod stream;
