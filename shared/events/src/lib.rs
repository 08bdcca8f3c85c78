//! Changes as events on an EventBridge bus: in the order of each project, at least once.
//!
//! What an event says is the domain's business. This crate is the only one that names the client of EventBridge, and knows
//! neither where changes come from nor how a function is run.

mod bus;
mod config;
mod connect;
mod order;

pub use bus::{EventBus, PublishError, Reason};
pub use config::Config;
pub use connect::{OpenError, open};
