//! Environments and their snapshots: kept in DynamoDB, cached by DAX where there is one, served from memory.
//!
//! An environment has one small mutable item, HEAD, and per version a snapshot in immutable chunks. HEAD is read with strong
//! consistency and remembered for two seconds; a snapshot is loaded when HEAD announces another one, verified against it
//! and kept compiled: from DAX, if it has it and is quick about it, else from DynamoDB. While DynamoDB cannot be reached, the last verified snapshot is served, marked stale.
//!
//! A change is one transaction: HEAD on the condition that nobody was faster, the chunks of the next version, the audit entry, and the
//! answer for whoever asks again. There are three tables: `core` holds projects, environments and snapshots, `audit` what was changed
//! and by whom, `ops` what may be forgotten.
//!
//! This crate is the only one that names the AWS SDK and the client of DAX. Nothing runs in the background: every refresh happens on the path of a
//! request, because a Lambda process is frozen between requests.

mod audit;
mod chunks;
mod config;
mod connect;
mod current;
mod dax;
mod directory;
mod environment;
mod head;
mod item;
mod keys;
mod listing;
mod metrics;
mod outage;
mod readiness;
mod retention;
mod seal;
mod slot;
mod store;
mod stream;
mod table;
mod tables;
mod ulid;
mod view;
mod write;

pub use config::{Config, DaxConfig, Deadlines};
pub use connect::{OpenError, open, open_with_cache};
pub use current::Current;
pub use dax::{Dax, DaxStatus};
pub use environment::{Environment, Freshness};
pub use store::Store;
pub use stream::audit_entry;
pub use view::View;
pub use write::{Decision, EnvironmentDecision, FlagThen, KeyEdit, ProjectDecision, Published};
