//! The cluster: its thread, and the handle that stops it.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::node::{Node, NodeState};
use crate::options::MAX_NODES;
use crate::server::Server;
use crate::{Error, Options};

/// A running cluster. It stops when it is dropped.
///
/// It has a thread of its own, so that it answers whatever the caller's runtime is doing. The methods that change
/// something return when it has happened.
pub struct Cluster {
    server: Arc<Server>,
    nodes: Vec<Arc<NodeState>>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Starts all nodes on 127.0.0.1.
    pub fn start(options: Options) -> Result<Self, Error> {
        if !(1..=MAX_NODES).contains(&options.nodes) {
            return Err(Error::Nodes(options.nodes));
        }
        let nodes = (0..options.nodes).map(|index| NodeState::bind(index, &options).map(Arc::new));
        let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        let server = Arc::new(Server::new(options, nodes.clone())?);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("dax".to_owned())
            .spawn(move || run(&runtime, stopped))
            .map_err(Error::Thread)?;
        let cluster = Self { server, nodes, runtime: handle, stop: Some(stop), thread: Some(thread) };
        (0..cluster.nodes.len()).try_for_each(|index| cluster.node(index).start())?;
        Ok(cluster)
    }

    /// What clients are given: `dax://127.0.0.1:port`, or `daxs://localhost:port`, of the first node that is not stopped.
    pub fn url(&self) -> String {
        let node = self.nodes.iter().find(|node| node.is_running()).or(self.nodes.first());
        let port = node.map_or(0, |node| node.address().port());
        if self.server.tls().is_some() {
            format!("daxs://localhost:{port}")
        } else {
            format!("dax://127.0.0.1:{port}")
        }
    }

    /// The certificate that clients must trust, if the cluster speaks TLS. Those of the nodes are for `localhost`,
    /// `cluster.dax.local` and `127.0.0.1`.
    pub fn ca_pem(&self) -> Option<String> {
        self.server.tls().map(|tls| tls.ca_pem.clone())
    }

    /// A node; the first is 0.
    ///
    /// # Panics
    /// If there is no such node.
    #[expect(clippy::indexing_slicing, reason = "as with any index that is wrong, and said so")]
    pub fn node(&self, index: usize) -> Node<'_> {
        Node::new(self, &self.nodes[index])
    }

    /// Makes another node the leader; a stopped one cannot be. Clients learn of it when they ask for the nodes again.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn set_leader(&self, index: usize) {
        self.server.set_leader(self.node(index).index());
        self.server.elect();
    }

    /// Forgets all cached items and results of queries, and the keys of tables, on all nodes.
    pub fn flush(&self) {
        self.nodes.iter().for_each(|node| node.flush());
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Does something on the cluster's thread, between whatever else happens there, and waits for it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // Nobody waits any more only if the caller's thread is gone.
            let _ = sender.send(work.await);
        });
        receiver.recv().map_err(|_| Error::Ended)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the local DAX cluster ended in a panic");
        }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// The runtime goes with this thread, and with it all tasks and their sockets.
fn run(runtime: &Runtime, stopped: oneshot::Receiver<()>) {
    // An error means that the cluster was dropped, which is what is waited for.
    let _ = runtime.block_on(stopped);
}
