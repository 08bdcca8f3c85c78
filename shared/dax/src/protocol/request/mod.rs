//! Requests: the inputs of the AWS SDK as the bytes of calls. One file for each method.
//!
//! Everything that can be found out without the server is checked before anything is asked of it. Parameters that
//! expressions have replaced (`Expected`, `KeyConditions`, `AttributesToGet`, ..) have no place in the protocol; they are
//! refused. So is `ReturnValuesOnConditionCheckFailure` outside transactions, which other clients drop in silence.
//!
//! Requests are written through [`Operation`](super::operation::Operation).

pub(super) mod batch_get_item;
pub(super) mod batch_write_item;
mod common;
pub(super) mod delete_item;
mod error;
mod expressions;
pub(super) mod get_item;
mod parameter;
mod part;
mod plan;
pub(super) mod put_item;
pub(super) mod query;
pub(super) mod scan;
pub(super) mod transact_get_items;
pub(super) mod transact_write_items;
pub(super) mod update_item;

pub use error::RequestError;
pub use parameter::{Numbered, Parameter};
pub use part::Action;
pub(super) use part::Part;
pub use plan::{BatchGetItemPlan, GetItemPlan, PagePlan, TablesPlan, TransactGetItemsPlan, WritePlan};

/// DynamoDB's limit of parts in a transaction.
const MAX_TRANSACTION: usize = 100;
