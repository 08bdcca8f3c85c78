//! Load and chaos: what Pennon answers while it is busy, and while what it depends on fails. Never deployed.

pub mod content;
pub mod user;
pub mod zipf;
