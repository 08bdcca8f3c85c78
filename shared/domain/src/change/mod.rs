//! What a change is: who makes it, on what condition, what it changes, and why it may be refused.

mod audit;
mod precondition;
mod refusal;

pub use audit::{Action, AuditEntry, Author, Changed, Kind};
pub use precondition::Precondition;
pub use refusal::{ChangeError, Fault, Refusal};
