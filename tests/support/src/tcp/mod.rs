//! A proxy in front of any TCP server that delays, throttles, refuses, resets, swallows or cuts off what goes through it.
//!
//! It knows nothing of what it carries, so it fails as networks do: below HTTP, below TLS, in the middle of a message.

mod link;
mod schedule;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

pub use self::schedule::{Schedule, Spell};

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// What the proxy does to connections, those that are open and those that come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TcpFault {
    /// It passes everything on.
    #[default]
    None,
    /// Bytes arrive that much later, in both directions.
    Delay(Duration),
    /// At most so many bytes a second, in each direction.
    Bandwidth(u32),
    /// Nobody listens: open connections are reset, and new ones refused by the system.
    Refuse,
    /// Connections are accepted and reset as soon as anything is sent.
    Reset,
    /// Connections are accepted, and nothing that is sent ever arrives. No end is ever told of the other's.
    BlackHole,
    /// The server's answers stop after so many bytes of each connection, counted from when the fault began; the connection stays open,
    /// and requests still arrive.
    HalfOpen(u64),
    /// A connection on which nothing has moved for so long is closed without a word, as the idle timeouts of load balancers do.
    CloseIdle(Duration),
}

/// A proxy on a free loopback port. It stops, and its connections with it, when it is dropped.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    fault: watch::Sender<TcpFault>,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// What all connections share.
#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    /// The faults of connections to come, the next one first.
    next: Mutex<Vec<TcpFault>>,
    accepted: AtomicU64,
}

impl TcpProxy {
    /// Starts in front of the server at that address, passing everything on. Runs on the caller's runtime.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { upstream, next: Mutex::default(), accepted: AtomicU64::new(0) });
        let (fault, watched) = watch::channel(TcpFault::None);
        let server = tokio::spawn(serve(listener, address, Arc::clone(&state), watched));
        Ok(Self { address, fault, state, server })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on does that, to connections that are open as well.
    pub fn inject(&self, fault: TcpFault) {
        self.fault.send_replace(fault);
    }

    /// From now on passes everything on. What was lost stays lost: a connection that a fault has broken is closed.
    pub fn heal(&self) {
        locked(&self.state.next).clear();
        self.inject(TcpFault::None);
    }

    /// Does that to the next connection alone, for as long as it lives; those after it have the faults of later calls, in order.
    pub fn inject_next(&self, fault: TcpFault) {
        locked(&self.state.next).push(fault);
    }

    /// What it does to connections that have no fault of their own.
    pub fn fault(&self) -> TcpFault {
        *self.fault.borrow()
    }

    /// How many connections it has accepted.
    pub fn accepted(&self) -> u64 {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// Goes through that schedule, from now on, and heals.
    pub async fn follow(&self, schedule: &Schedule) {
        for spell in schedule.spells() {
            self.inject(spell.fault);
            tokio::time::sleep(spell.length).await;
        }
        self.heal();
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Accepts connections; while they are to be refused, it does not even listen.
async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
    mut fault: watch::Receiver<TcpFault>,
) {
    let mut listener = Some(listener);
    // Dropped, and with them every connection, when the proxy is.
    let mut links = JoinSet::new();
    loop {
        while links.try_join_next().is_some() {}
        if *fault.borrow_and_update() == TcpFault::Refuse {
            listener = None;
            if fault.changed().await.is_err() {
                return;
            }
            continue;
        }
        let Some(listening) = listener.take().or_else(|| listen_again(address).ok()) else {
            // The port is busy for a moment: connections of it are still going.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let listening = listener.insert(listening);
        tokio::select! {
            accepted = listening.accept() => if let Ok((stream, _)) = accepted {
                state.accepted.fetch_add(1, Ordering::SeqCst);
                let mut next = locked(&state.next);
                let own = (!next.is_empty()).then(|| next.remove(0));
                drop(next);
                links.spawn(link::carry(stream, state.upstream, own, fault.clone()));
            },
            changed = fault.changed() => if changed.is_err() { return },
        }
    }
}

fn listen_again(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
