//! Changes: each is one transaction, checked against what is there when it commits, and answered once however often it is asked
//! for.
//!
//! A change reads what is there, lets its caller decide, and writes everything that follows from the decision in one
//! `TransactWriteItems`: the new state on the condition that it is still the one that was read, the audit row, and the answer for
//! retries. Whoever is overtaken begins again: see `attempts`.

mod attempts;
mod change;
mod content;
mod decision;
mod environments;
mod flag_then;
mod operations;
mod pause;
mod projects;
mod publish;
mod queue;
mod records;
mod transaction;
mod version;

pub use decision::{Decision, EnvironmentDecision, KeyEdit, ProjectDecision};
pub use flag_then::FlagThen;
pub use publish::Published;
