//! The connections to one node that are not in use.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::connection::Connection;
use super::metadata::NodeMetadata;
use super::shared::Shared;
use super::{Fault, lock};

/// Last in, first out: what is not needed grows old.
pub(super) struct Pool {
    node: SocketAddr,
    slots: Semaphore,
    idle: Mutex<Vec<Pooled>>,
    /// Alive as long as any connection is open since the node's lists were learnt.
    presence: Mutex<Weak<()>>,
}

/// A connection, and the sign that one is open.
struct Pooled {
    connection: Connection,
    _presence: Arc<()>,
}

/// A connection that is in use. Unless it is given back it is closed: a call that was cancelled or that failed leaves it in an
/// unknown state.
pub(super) struct Lease<'p> {
    pool: &'p Pool,
    pooled: Pooled,
    _slot: SemaphorePermit<'p>,
}

impl Pool {
    pub(super) fn new(node: SocketAddr, max_connections: usize) -> Self {
        Self {
            node,
            slots: Semaphore::new(max_connections),
            idle: Mutex::default(),
            presence: Mutex::default(),
        }
    }

    /// An idle connection that is good, else a new one; only a new one where `fresh` is wanted. Waits while all are in use.
    pub(super) async fn lease(
        &self,
        fresh: bool,
        metadata: &NodeMetadata,
        shared: &Shared,
    ) -> Result<Lease<'_>, Fault> {
        // The semaphore is never closed.
        let slot = self.slots.acquire().await.map_err(|_| Fault::Closed)?;
        if !fresh && let Some(pooled) = self.take_idle(metadata, shared) {
            return Ok(Lease { pool: self, pooled, _slot: slot });
        }
        let connection = Connection::open(self.node, shared).await.inspect_err(|_| self.lost(metadata))?;
        let pooled = Pooled { connection, _presence: self.presence(metadata) };
        Ok(Lease { pool: self, pooled, _slot: slot })
    }

    /// The node has closed a connection, or does not answer: it may be another process that does next.
    pub(super) fn lost(&self, metadata: &NodeMetadata) {
        let mut presence = lock(&self.presence);
        *presence = Weak::new();
        metadata.forget_lists();
    }

    /// No idle connection is good any more.
    pub(super) fn clear(&self) {
        lock(&self.idle).clear();
    }

    fn take_idle(&self, metadata: &NodeMetadata, shared: &Shared) -> Option<Pooled> {
        let now = shared.now();
        loop {
            let pooled = {
                let mut idle = lock(&self.idle);
                idle.retain(|pooled| !pooled.connection.is_too_old(now, shared.config.idle_timeout));
                idle.pop()
            }?;
            if pooled.connection.is_quiet() {
                return Some(pooled);
            }
            tracing::debug!(node = %self.node, "an idle connection to DAX was closed");
            self.lost(metadata);
        }
    }

    fn presence(&self, metadata: &NodeMetadata) -> Arc<()> {
        let mut presence = lock(&self.presence);
        presence.upgrade().unwrap_or_else(|| {
            metadata.forget_lists();
            let sign = Arc::new(());
            *presence = Arc::downgrade(&sign);
            sign
        })
    }
}

impl Lease<'_> {
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.pooled.connection
    }

    /// No call is under way: the connection may serve another one.
    pub(super) fn give_back(self) {
        lock(&self.pool.idle).push(self.pooled);
    }
}
