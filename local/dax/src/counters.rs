//! What a node has done.

use std::collections::BTreeMap;

use dax_client::protocol::method::Method;

/// What a node has done since the cluster began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Connections that were accepted, those that a fault closed at once included.
    pub connections_opened: u64,
    /// Connections that are open now.
    pub connections_open: u64,
    /// Authorizations that were good.
    pub authorizations: u64,
    /// Authorizations that were not.
    pub authorizations_refused: u64,
    /// Calls that arrived whole, by the names of their methods; see [`calls_of`](Self::calls_of).
    pub calls: BTreeMap<String, u64>,
    /// Items that were answered from the cache.
    pub item_hits: u64,
    /// Items that were not there, but answered from the cache all the same.
    pub negative_hits: u64,
    /// Items that DynamoDB had to be asked for, except by strongly consistent reads.
    pub item_misses: u64,
    /// Pages of `Query` and `Scan` that were answered from the cache.
    pub query_hits: u64,
    /// Pages that DynamoDB had to be asked for, likewise.
    pub query_misses: u64,
}

impl Counters {
    /// How many calls of that method arrived.
    pub fn calls_of(&self, method: Method) -> u64 {
        self.calls.get(&name(method)).copied().unwrap_or_default()
    }

    pub(crate) fn count_call(&mut self, method: Method) {
        *self.calls.entry(name(method)).or_default() += 1;
    }
}

/// As DynamoDB names it.
fn name(method: Method) -> String {
    format!("{method:?}")
}
