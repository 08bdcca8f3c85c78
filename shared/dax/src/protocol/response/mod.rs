//! Responses: the results of calls as the outputs of the AWS SDK. One file for each method.
//!
//! Fields that this version does not know are skipped, and a `null` is as good as a field that is not there.
//!
//! Responses are read through [`Operation`](super::operation::Operation).

pub(super) mod batch_get_item;
pub(super) mod batch_write_item;
mod capacity;
pub(super) mod delete_item;
mod error;
pub(super) mod get_item;
mod metrics;
mod page;
pub(super) mod put_item;
pub(super) mod query;
mod reader;
pub(super) mod scan;
pub(super) mod transact_get_items;
pub(super) mod transact_write_items;
pub(super) mod update_item;
mod write;

pub use error::ResponseError;
pub use reader::Field;
