//! Which node a call goes to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex as AsyncMutex;

use super::address::Addresses;
use super::node::{Failure, Node};
use super::shared::Shared;
use super::{Fault, discovery, lock};
use crate::protocol::metadata::{Endpoint, Role};

/// After a failure, the list of nodes is asked for no more often than this.
const MIN_REFRESH_INTERVAL: Duration = Duration::from_millis(125);

/// The nodes as they are known. They are asked for on the path of calls: nothing runs in the background.
pub(super) struct Cluster {
    shared: Arc<Shared>,
    addresses: Addresses,
    routes: Mutex<Routes>,
    refreshing: AsyncMutex<()>,
}

/// The nodes, and how fresh that knowledge is.
#[derive(Clone, Default)]
struct Routes {
    nodes: Arc<[Route]>,
    /// Where reads go, as long as it answers: the fewer nodes, the fewer connections.
    preferred: Option<SocketAddr>,
    /// When the nodes were found.
    found: Option<SystemTime>,
    /// When they were last looked for.
    sought: Option<SystemTime>,
    /// Whether they come from the cluster: then their roles are known, else just that their addresses are in the DNS.
    confirmed: bool,
    /// Whether a call went to any of them. The first read does not wait for the list of nodes; the next call does.
    used: bool,
    /// Whether some node has failed since.
    doubtful: bool,
}

struct Route {
    node: Arc<Node>,
    is_leader: bool,
}

impl Cluster {
    pub(super) fn new(addresses: Addresses, shared: Arc<Shared>) -> Self {
        Self { shared, addresses, routes: Mutex::default(), refreshing: AsyncMutex::default() }
    }

    /// The node for a call, if possible one that the call has not `tried` and that has not failed lately. Reads stay with one node,
    /// writes go to the leader.
    pub(super) async fn node_for(&self, is_read: bool, tried: &[SocketAddr]) -> Result<Arc<Node>, Fault> {
        let routes = self.routes();
        if !routes.nodes.is_empty() && !self.should_refresh(&routes, is_read) {
            return self.choose(is_read, tried);
        }
        // Whoever comes meanwhile takes the old nodes, if there are any.
        let refreshing = if routes.nodes.is_empty() {
            self.refreshing.lock().await
        } else {
            match self.refreshing.try_lock() {
                Ok(refreshing) => refreshing,
                Err(_) => return self.choose(is_read, tried),
            }
        };
        if self.routes().nodes.is_empty() {
            self.seed().await?;
        }
        if self.should_refresh(&self.routes(), is_read) {
            // Half of the time must be left for the call. The old nodes will do, if it takes longer.
            let _in_time = tokio::time::timeout(self.shared.config.attempt_timeout / 2, self.refresh()).await;
        }
        drop(refreshing);
        self.choose(is_read, tried)
    }

    /// A node did not answer: others are better for a while, and the cluster may have changed.
    pub(super) fn failed(&self, node: &Node) {
        node.suspect(self.shared.now());
        let mut routes = lock(&self.routes);
        routes.doubtful = true;
        routes.preferred = routes.preferred.filter(|preferred| *preferred != node.address);
    }

    /// The nodes should be asked for again: the cluster says that it has changed.
    pub(super) fn doubt(&self) {
        lock(&self.routes).doubtful = true;
    }

    fn routes(&self) -> Routes {
        lock(&self.routes).clone()
    }

    fn should_refresh(&self, routes: &Routes, is_read: bool) -> bool {
        let now = self.shared.now();
        let older_than = |time: Option<SystemTime>, age: Duration| {
            time.is_none_or(|time| now.duration_since(time).is_ok_and(|passed| passed >= age))
        };
        let is_wanted = routes.doubtful
            || (!routes.confirmed && (routes.used || !is_read))
            || older_than(routes.found, self.shared.config.refresh_interval);
        is_wanted && older_than(routes.sought, MIN_REFRESH_INTERVAL)
    }

    fn choose(&self, is_read: bool, tried: &[SocketAddr]) -> Result<Arc<Node>, Fault> {
        let now = self.shared.now();
        let mut routes = lock(&self.routes);
        let nodes = Arc::clone(&routes.nodes);
        let is_wanted = |route: &Route| {
            if is_read { Some(route.node.address) == routes.preferred } else { route.is_leader }
        };
        let drawback = |route: &&Route| {
            let node = &route.node;
            (tried.contains(&node.address), node.suspected_since(now), !is_wanted(route), fastrand::u32(..))
        };
        let chosen = nodes.iter().min_by_key(drawback).ok_or(Fault::NoRoute)?;
        routes.used = true;
        if is_read {
            routes.preferred = Some(chosen.node.address);
        }
        Ok(Arc::clone(&chosen.node))
    }

    /// Whether there is a node that the call has not tried.
    pub(super) fn has_more_than(&self, tried: &[SocketAddr]) -> bool {
        lock(&self.routes).nodes.iter().any(|route| !tried.contains(&route.node.address))
    }

    /// Takes the nodes that the cluster's name stands for: each of them serves every call.
    async fn seed(&self) -> Result<(), Fault> {
        let found = discovery::resolve(&self.addresses.all).await?;
        let route = |address| Route { node: self.node_at(address), is_leader: false };
        let nodes = found.into_iter().map(route).collect();
        let mut routes = lock(&self.routes);
        routes.nodes = nodes;
        routes.found = Some(self.shared.now());
        routes.confirmed = false;
        Ok(())
    }

    /// Asks the nodes for the list of nodes: first those that are well, then those that are not, then whatever the
    /// cluster's name stands for by now. If nobody answers, everything stays as it is.
    async fn refresh(&self) {
        let now = self.shared.now();
        lock(&self.routes).sought = Some(now);
        let mut candidates: Vec<_> =
            self.routes().nodes.iter().map(|route| Arc::clone(&route.node)).collect();
        fastrand::shuffle(&mut candidates);
        candidates.sort_by_key(|node| node.suspected_since(now));
        for node in &candidates {
            if self.refresh_from(node).await {
                return;
            }
        }
        let Ok(found) = discovery::resolve(&self.addresses.all).await else { return };
        for address in found {
            let is_new = candidates.iter().all(|node| node.address != address);
            if is_new && self.refresh_from(&self.node_at(address)).await {
                return;
            }
        }
    }

    async fn refresh_from(&self, node: &Arc<Node>) -> bool {
        let asked = tokio::time::timeout(self.shared.config.connect_timeout, node.endpoints()).await;
        match asked {
            Ok(Ok(endpoints)) if !endpoints.is_empty() => {
                self.adopt(&endpoints);
                true
            }
            Ok(Err(Failure::Service(error))) => {
                tracing::warn!(node = %node.address, error = &error as &dyn std::error::Error, "DAX does not list its nodes");
                false
            }
            _ => {
                tracing::debug!(node = %node.address, "a node of DAX does not list the nodes");
                node.suspect(self.shared.now());
                false
            }
        }
    }

    /// Nodes that stay keep their connections.
    fn adopt(&self, endpoints: &[Endpoint]) {
        let route = |endpoint: &Endpoint| Route {
            node: self.node_at(SocketAddr::new(endpoint.address, endpoint.port)),
            is_leader: endpoint.role == Role::Leader,
        };
        let nodes: Arc<[_]> = endpoints.iter().map(route).collect();
        let mut routes = lock(&self.routes);
        let still_there = |address: &SocketAddr| nodes.iter().any(|route| route.node.address == *address);
        routes.preferred = routes.preferred.filter(still_there);
        routes.nodes = nodes;
        routes.found = Some(self.shared.now());
        routes.confirmed = true;
        routes.doubtful = false;
    }

    fn node_at(&self, address: SocketAddr) -> Arc<Node> {
        let routes = self.routes();
        let known = routes.nodes.iter().find(|route| route.node.address == address);
        known.map_or_else(
            || Arc::new(Node::new(address, Arc::clone(&self.shared))),
            |route| Arc::clone(&route.node),
        )
    }
}
