//! What all nodes of a cluster share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dax_client::protocol::metadata::{Endpoint, Role};

use crate::authorization::Verifier;
use crate::backend::Backend;
use crate::cache::{CachedItem, ItemKey};
use crate::node::NodeState;
use crate::sync::lock;
use crate::tls::Tls;
use crate::wire::Style;
use crate::{Error, Options};

/// What all nodes of a cluster share.
pub(crate) struct Server {
    options: Options,
    nodes: Vec<Arc<NodeState>>,
    backend: Backend,
    verifier: Verifier,
    tls: Option<Tls>,
    leader: Mutex<Leader>,
    /// Puts reads and writes in an order.
    clock: AtomicU64,
}

struct Leader {
    index: usize,
    /// Since when, in milliseconds of Unix time; grows with each leader.
    session: i64,
}

impl Server {
    pub(crate) fn new(options: Options, nodes: Vec<Arc<NodeState>>) -> Result<Self, Error> {
        Ok(Self {
            backend: Backend::new(&options.dynamodb),
            verifier: Verifier::new(&options),
            tls: options.tls.then(Tls::new).transpose()?,
            leader: Mutex::new(Leader { index: 0, session: now_in_milliseconds() }),
            clock: AtomicU64::new(1),
            nodes,
            options,
        })
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.backend
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    pub(crate) fn authorization_ttl(&self) -> Duration {
        self.options.authorization_ttl
    }

    pub(crate) fn record_ttl(&self) -> Duration {
        self.options.record_ttl
    }

    pub(crate) fn style(&self) -> Style {
        if self.options.indefinite { Style::Indefinite } else { Style::Definite }
    }

    /// A number greater than all before it.
    pub(crate) fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn set_leader(&self, index: usize) {
        let mut leader = lock(&self.leader);
        if leader.index != index {
            *leader = Leader { index, session: now_in_milliseconds().max(leader.session + 1) };
        }
    }

    /// When the leader is gone, the first node that is left leads.
    pub(crate) fn elect(&self) {
        let is_running = |index: usize| self.nodes.get(index).is_some_and(|node| node.is_running());
        let leads = lock(&self.leader).index;
        if !is_running(leads)
            && let Some(index) = (0..self.nodes.len()).find(|&index| is_running(index))
        {
            self.set_leader(index);
        }
    }

    /// The nodes that are running.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        let leader = lock(&self.leader);
        let running = self.nodes.iter().filter(|node| node.is_running());
        let endpoint = |node: &Arc<NodeState>| Endpoint {
            node: i64::try_from(node.index()).unwrap_or_default(),
            hostname: Some(format!("node-{}.cluster.dax.local", node.index())),
            address: node.address().ip(),
            port: node.address().port(),
            role: if node.index() == leader.index { Role::Leader } else { Role::Replica },
            availability_zone: Some("local".to_owned()),
            leader_session: Some(leader.session),
        };
        running.map(endpoint).collect()
    }

    /// Tells all nodes of an item that `node` has learnt of: itself at once, the others when their lag is over.
    pub(crate) fn spread(self: &Arc<Self>, node: &NodeState, items: Vec<(ItemKey, CachedItem)>) {
        if items.is_empty() {
            return;
        }
        node.learn(items.iter().cloned());
        if self.nodes.len() == 1 {
            return;
        }
        let (server, origin, lag) = (Arc::clone(self), node.index(), self.options.replication_lag);
        let replicate = move || {
            let others = server.nodes.iter().filter(|other| other.index() != origin && other.is_running());
            others.for_each(|other| other.learn(items.iter().cloned()));
        };
        if lag.is_zero() {
            return replicate();
        }
        tokio::spawn(async move {
            tokio::time::sleep(lag).await;
            replicate();
        });
    }

    /// Nobody knows these items any more.
    pub(crate) fn forget(&self, keys: &[ItemKey]) {
        for node in &self.nodes {
            let mut items = lock(&node.items);
            for key in keys {
                items.remove(key);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a label, which decides nothing")]
fn now_in_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
