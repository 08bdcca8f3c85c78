//! What a node holds: its port, its caches and what it knows.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use super::connections::Connections;
use crate::cache::{CachedItem, ItemCache, ItemKey, QueryCache};
use crate::connection;
use crate::counters::Counters;
use crate::faults::Faults;
use crate::metadata::Registry;
use crate::server::Server;
use crate::sync::lock;
use crate::{Error, Options};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// A pause when no connection can be accepted, as when there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What a node holds. No lock of it is held while anything is waited for.
#[derive(Debug)]
pub(crate) struct NodeState {
    index: usize,
    address: SocketAddr,
    port: Mutex<Port>,
    connections: Arc<Connections>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) items: Mutex<ItemCache>,
    pub(crate) queries: Mutex<QueryCache>,
    counters: Mutex<Counters>,
}

/// What the node does with its port.
#[derive(Debug)]
enum Port {
    /// Connections are refused, but nobody else gets the port.
    Held(TcpSocket),
    /// Connections are accepted by this task.
    Open(JoinHandle<()>),
    /// The port could not be held.
    Lost,
}

impl NodeState {
    /// Takes a port, but does not listen.
    pub(crate) fn bind(index: usize, options: &Options) -> Result<Self, Error> {
        let port = match options.port {
            0 => 0,
            first => nth_port(first, index)?,
        };
        let listen = |source| Error::Listen { port, source };
        let socket = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(listen)?;
        Ok(Self {
            index,
            address: socket.local_addr().map_err(listen)?,
            port: Mutex::new(Port::Held(socket)),
            connections: Arc::default(),
            faults: Mutex::default(),
            registry: Mutex::default(),
            items: Mutex::new(ItemCache::new(options.item_capacity)),
            queries: Mutex::new(QueryCache::new(options.item_capacity, options.query_ttl)),
            counters: Mutex::default(),
        })
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(*lock(&self.port), Port::Open(_))
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Listens, if it does not. Must be called on the cluster's runtime.
    pub(crate) fn start(self: &Arc<Self>, server: &Arc<Server>) -> Result<(), Error> {
        let mut port = lock(&self.port);
        let listen = |source| Error::Listen { port: self.address.port(), source };
        let socket = match std::mem::replace(&mut *port, Port::Lost) {
            Port::Held(socket) => socket,
            Port::Lost => bind(self.address).map_err(listen)?,
            running @ Port::Open(_) => {
                *port = running;
                return Ok(());
            }
        };
        let listener = socket.listen(BACKLOG).map_err(listen)?;
        *port = Port::Open(tokio::spawn(accept(Arc::clone(server), Arc::clone(self), listener)));
        Ok(())
    }

    /// Stops listening, breaks all connections and forgets what was cached.
    pub(crate) async fn stop(&self) {
        let taken = std::mem::replace(&mut *lock(&self.port), Port::Lost);
        let held = match taken {
            Port::Open(task) => {
                task.abort();
                // It was cancelled, which is an error to whoever waits.
                let _ = task.await;
                bind(self.address).map_or(Port::Lost, Port::Held)
            }
            port => port,
        };
        *lock(&self.port) = held;
        self.connections.close_all().await;
        self.flush();
    }

    pub(crate) fn flush(&self) {
        lock(&self.items).clear();
        lock(&self.queries).clear();
        lock(&self.registry).forget_schemas();
    }

    pub(crate) fn learn(&self, items: impl IntoIterator<Item = (ItemKey, CachedItem)>) {
        let mut cache = lock(&self.items);
        items.into_iter().for_each(|(key, item)| cache.put(key, item));
    }

    pub(crate) fn count(&self) -> MutexGuard<'_, Counters> {
        lock(&self.counters)
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters { connections_open: self.connections.count(), ..lock(&self.counters).clone() }
    }
}

async fn accept(server: Arc<Server>, node: Arc<NodeState>, listener: TcpListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        node.count().connections_opened += 1;
        if lock(&node.faults).take_reject() {
            continue;
        }
        let (server, state) = (Arc::clone(&server), Arc::clone(&node));
        node.connections.open(move |busy| connection::serve(server, state, stream, busy));
    }
}

fn nth_port(first: u16, index: usize) -> Result<u16, Error> {
    let port = u16::try_from(index).ok().and_then(|index| first.checked_add(index));
    let past_the_last = || Error::Listen { port: u16::MAX, source: io::ErrorKind::AddrNotAvailable.into() };
    port.ok_or_else(past_the_last)
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // The connections that a stopped node had may linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
