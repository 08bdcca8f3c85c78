//! The client: connections, nodes, time.
//!
//! From the outside in: a [`Client`] makes a call as often as its deadline allows and as is safe; the cluster says which
//! node it goes to; a node has a pool of connections and remembers what it was asked about tables and lists; a connection
//! carries one call at a time.
//!
//! Nothing runs in the background. Whatever must be done from time to time (new credentials, the list of nodes, old connections) is
//! done on the path of a call, by wall clock: so a process may be frozen at any time, and thawed hours later.

mod address;
mod breaker;
mod call;
mod cluster;
mod config;
mod connection;
mod credentials;
mod discovery;
mod fault;
pub mod fluent;
mod metadata;
mod node;
mod pool;
mod retry;
mod shared;
mod stream;
mod tls;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::error::SdkError;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::time::Instant;

pub use address::AddressError;
pub use breaker::{Breaker, BreakerState};
pub use config::{Config, ConfigError};
pub use fault::Fault;
pub use tls::{TlsError, trusting};

use crate::protocol::operation::Operation;
use breaker::Circuit;
use call::Call;
use cluster::Cluster;
use credentials::CredentialsCache;
use shared::Shared;
use tls::Tls;

/// A client of one cluster. Cheap to clone; clones share their connections. One per process is enough.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    cluster: Cluster,
    circuit: Circuit,
}

impl Client {
    /// A client that has not connected yet: the first call will.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { addresses, credentials, key_schemas, tls, clock, settings } = config;
        let host = addresses.all.first().filter(|_| addresses.encrypted);
        let shared = Arc::new(Shared {
            tls: host.map(|address| Tls::new(&address.host, tls)).transpose()?,
            credentials: CredentialsCache::new(credentials),
            key_schemas,
            session: random().ok_or(ConfigError::Random)?,
            clock,
            config: settings,
        });
        let circuit = Circuit::new(shared.config.breaker);
        Ok(Self(Arc::new(Inner { cluster: Cluster::new(addresses, Arc::clone(&shared)), shared, circuit })))
    }

    /// Makes a call of the operation that `input` is of, and gives what the same call of DynamoDB would give.
    ///
    /// What the server refuses is the operation's own error. Everything else that goes wrong has a [`Fault`] as its source.
    /// A call is made again only if that is safe: a write that may have been done is not, unless it is a transaction.
    ///
    /// If the future is dropped, the connection that it uses is closed.
    pub async fn send<O: Operation>(&self, mut input: O) -> Result<O::Output, SdkError<O::Error>> {
        let Inner { shared, cluster, circuit } = &*self.0;
        let Some(permit) = circuit.admit(shared.now()) else {
            return Err(Fault::BreakerOpen.into_sdk_error());
        };
        let is_read = O::METHOD.is_read();
        let budget = if is_read { shared.config.read_deadline } else { shared.config.write_deadline };
        let is_repeatable = is_read || input.identify(&mut random_token);
        let deadline = Instant::now() + budget;
        let call = Call { input: &input, shared, cluster, is_repeatable, deadline, budget };
        match call.run().await {
            Ok(output) => {
                permit.succeeded();
                Ok(output)
            }
            Err(error) => {
                if error.is_clusters_fault() {
                    permit.failed(shared.now());
                } else {
                    permit.succeeded();
                }
                Err(error.into_sdk_error::<O>())
            }
        }
    }

    /// What would become of a call now.
    pub fn breaker(&self) -> BreakerState {
        self.0.circuit.state(self.0.shared.now())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.0.shared.config).finish_non_exhaustive()
    }
}

/// A panic elsewhere does not make what the lock protects unusable: no invariant spans two of its statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

/// A token that no other call has; `None` if the system gives no random numbers.
fn random_token() -> Option<String> {
    Some(format!("{:032x}", u128::from_be_bytes(random()?)))
}
