//! Changes: each one transaction, checked against what is there when it commits, and answered once however often it is asked for.

mod api;
mod decision;

pub use decision::{Decision, EnvironmentDecision, KeyEdit, ProjectDecision};
