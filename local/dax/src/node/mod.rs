//! Nodes: what a test may do with one, and what one holds.

mod connections;
mod state;

use std::net::SocketAddr;
use std::sync::Arc;

use dax_client::protocol::key::Attributes;

use crate::cache::{CachedItem, ItemKey};
use crate::sync::lock;
use crate::{Cluster, Counters, Error, Fault, service};

pub(crate) use connections::Busy;
pub(crate) use state::NodeState;

/// A node of a [`Cluster`].
#[derive(Debug, Clone, Copy)]
pub struct Node<'c> {
    cluster: &'c Cluster,
    state: &'c Arc<NodeState>,
}

impl<'c> Node<'c> {
    pub(crate) fn new(cluster: &'c Cluster, state: &'c Arc<NodeState>) -> Self {
        Self { cluster, state }
    }

    /// Which node of the cluster it is; the first is 0.
    pub fn index(&self) -> usize {
        self.state.index()
    }

    /// Where it listens, or did: it is the same for as long as the cluster lives.
    pub fn address(&self) -> SocketAddr {
        self.state.address()
    }

    /// Takes the node away: it refuses connections, those that are open break, and what it had cached is gone. If it was
    /// the leader, the first node that is left is the next.
    pub fn stop(&self) {
        let (state, server) = (Arc::clone(self.state), Arc::clone(self.cluster.server()));
        // A cluster that has ended has no node that runs.
        let _ = self.cluster.run(async move {
            state.stop().await;
            server.elect();
        });
    }

    /// Brings a stopped node back on the same port. It is a replica, unless it is alone. Does nothing if it runs.
    pub fn start(&self) -> Result<(), Error> {
        let (state, server) = (Arc::clone(self.state), Arc::clone(self.cluster.server()));
        self.cluster.run(async move {
            state.start(&server)?;
            server.elect();
            Ok(())
        })?
    }

    /// Closes all connections that have no call in flight, and tells how many they were. Their clients may not notice
    /// before they use them: so it looks to a process that was frozen for a while.
    pub fn close_idle(&self) -> usize {
        let state = Arc::clone(self.state);
        self.cluster.run(async move { state.connections().close_idle().await }).unwrap_or_default()
    }

    /// Makes something go wrong from now on. If several faults hit a call, the oldest one does.
    pub fn inject(&self, fault: Fault) {
        lock(&self.state.faults).inject(fault);
    }

    /// Makes nothing go wrong any more.
    pub fn clear_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// Forgets the numbers of all lists of attribute names. They are given anew, so that those that clients remember name
    /// no list any more, or another one.
    pub fn forget_attribute_lists(&self) {
        lock(&self.state.registry).forget_lists();
    }

    /// What the node has done so far.
    pub fn counters(&self) -> Counters {
        self.state.counters()
    }

    /// Puts an item in the cache of this node, whatever DynamoDB has under that key. The key is asked of DynamoDB if the
    /// table is not known.
    pub fn poison_item(&self, table: &str, key: Attributes, item: Attributes) -> Result<(), Error> {
        let (state, server) = (Arc::clone(self.state), Arc::clone(self.cluster.server()));
        let table = table.to_owned();
        self.cluster.run(async move {
            let schema = service::key_schema(&server, &state, &table).await;
            let schema = schema.map_err(|error| Error::Key { message: error.to_string() })?;
            let mut bytes = Vec::new();
            let encoded = schema.encode_key(&key, &mut bytes);
            encoded.map_err(|error| Error::Key { message: error.to_string() })?;
            let cached = CachedItem::new(Some(item), server.tick(), server.record_ttl());
            state.learn([(ItemKey { table, key: bytes }, cached)]);
            Ok(())
        })?
    }
}
