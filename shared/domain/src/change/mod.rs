//! What a change is: who makes it, on what condition, what it changes, and why it may be refused.

mod audit;
mod call;
mod event;
mod precondition;
mod refusal;

pub use audit::{Action, AuditEntry, Author, Changed, Kind};
pub use call::{Call, IdempotencyKey, Outcome, StoredAnswer};
pub use event::ChangeEvent;
pub use precondition::Precondition;
pub use refusal::{ChangeError, Fault, Refusal};
