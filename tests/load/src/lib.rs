//! Load and chaos: what Pennon answers while it is busy, and while what it depends on fails. Never deployed.

pub mod chaos;
pub mod client;
pub mod config;
pub mod content;
pub mod crowd;
pub mod issuer;
pub mod ledger;
pub mod load;
pub mod oracle;
pub mod pace;
pub mod process;
pub mod publisher;
pub mod record;
pub mod report;
pub mod run;
pub mod setup;
pub mod target;
pub mod user;
pub mod zipf;
