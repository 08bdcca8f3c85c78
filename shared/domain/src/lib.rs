//! What Pennon means by a flag, and nothing about how it is stored or served.
//!
//! A [`Definition`] is a parsed flagd definition file. A [`Snapshot`] is one version of an environment, packed for storage.
//! A [`Ruleset`] is a definition compiled for evaluation. Evaluation is pure and deterministic: time comes in as a value.
//!
//! This crate performs no I/O: no tokio, no AWS, no HTTP.

mod access;
mod as_of;
mod bucketing;
mod change;
mod context;
mod definition;
mod digest;
mod environment;
mod error;
mod evaluation;
mod findings;
mod head;
mod json;
pub mod limits;
mod project;
mod ruleset;
mod snapshot;
mod targeting;
mod time;

pub use access::{Denied, KeyRecord, Principal, Role, Scope};
pub use as_of::AsOf;
pub use bucketing::{Bucketing, UnknownBucketing};
pub use change::{
    Action, AuditEntry, Author, Call, ChangeError, ChangeEvent, Changed, Fault, IdempotencyKey, Kind,
    Outcome, Precondition, Refusal, StoredAnswer,
};
pub use context::{Context, ContextError};
pub use definition::{Definition, DefinitionError, Edit, FlagFilter, Warning, text_tag};
pub use digest::Digest;
pub use environment::{EnvironmentId, EnvironmentKey, InvalidEnvironmentId, InvalidKey, ProjectKey};
pub use error::{StoreError, error_chain};
pub use evaluation::{ErrorCode, Evaluation, Reason};
pub use head::Head;
pub use project::{EnvironmentInfo, KeyInfo, Page, Project};
pub use ruleset::{Explanation, Ruleset};
pub use snapshot::{Snapshot, SnapshotError};
pub use time::{Clock, SystemClock, Timestamp};
