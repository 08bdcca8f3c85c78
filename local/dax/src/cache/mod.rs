//! What a node keeps of what DynamoDB said.
//!
//! Items and results of queries are kept apart, as in DAX: reading one never fills the other, and writing an item never
//! touches a result.

mod items;
mod queries;

use std::num::NonZeroUsize;

pub(crate) use items::{CachedItem, Found, ItemCache, ItemKey};
pub(crate) use queries::QueryCache;

/// A cache that holds nothing would need another kind of cache.
fn capacity(wanted: usize) -> NonZeroUsize {
    NonZeroUsize::new(wanted).unwrap_or(NonZeroUsize::MIN)
}
