//! How a client is set up.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use rustls::ClientConfig;

use super::address::{AddressError, Addresses};
use super::breaker::Breaker;
use super::tls::TlsError;
use crate::protocol::key::KeySchema;

/// How this client calls itself.
const USER_AGENT: &str = concat!("pennon-dax/", env!("CARGO_PKG_VERSION"));

/// The setup of a [`Client`](super::Client). Everything but the endpoint, the region and the credentials has a default.
#[derive(Clone)]
pub struct Config {
    pub(super) addresses: Addresses,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) key_schemas: HashMap<String, Arc<KeySchema>>,
    pub(super) tls: Option<Arc<ClientConfig>>,
    pub(super) clock: SharedTimeSource,
    pub(super) settings: Settings,
}

/// What is a number or a text.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) region: String,
    pub(super) user_agent: String,
    pub(super) read_deadline: Duration,
    pub(super) write_deadline: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) max_retries: u32,
    pub(super) max_connections: usize,
    pub(super) idle_timeout: Duration,
    pub(super) refresh_interval: Duration,
    pub(super) breaker: Breaker,
}

/// A setup that cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The endpoint.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl Config {
    /// The setup for the cluster at `endpoint`, as AWS shows it: `dax://host[:8111]`, or `daxs://host[:9111]` for TLS. Several of
    /// the first kind may be given, separated by commas.
    ///
    /// `region` is that of the cluster; connections are authorized with `credentials`.
    pub fn new(
        endpoint: &str,
        region: impl Into<String>,
        credentials: impl ProvideCredentials + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            addresses: Addresses::parse(endpoint)?,
            credentials: SharedCredentialsProvider::new(credentials),
            key_schemas: HashMap::new(),
            tls: None,
            clock: SharedTimeSource::new(SystemTimeSource::new()),
            settings: Settings {
                region: region.into(),
                user_agent: USER_AGENT.to_owned(),
                read_deadline: Duration::from_secs(1),
                write_deadline: Duration::from_secs(3),
                attempt_timeout: Duration::from_millis(500),
                connect_timeout: Duration::from_millis(500),
                max_retries: 2,
                max_connections: 10,
                idle_timeout: Duration::from_secs(30),
                refresh_interval: Duration::from_secs(30),
                breaker: Breaker::default(),
            },
        })
    }

    /// How long a call that changes nothing may take in all: connecting, lookups and retries included. Default: 1 s.
    #[must_use]
    pub fn read_deadline(mut self, deadline: Duration) -> Self {
        self.settings.read_deadline = deadline;
        self
    }

    /// How long a call that changes something may take in all. Default: 3 s.
    #[must_use]
    pub fn write_deadline(mut self, deadline: Duration) -> Self {
        self.settings.write_deadline = deadline;
        self
    }

    /// How long a node may take for a call that changes nothing, before another node is asked. Default: 500 ms.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attempt_timeout = timeout;
        self
    }

    /// How long connecting to a node may take, TLS included. Default: 500 ms.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// How often a call that failed is made again, if that is safe. Default: 2 times.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.settings.max_retries = retries;
        self
    }

    /// How many connections to a node may be open: as many calls can be under way, others wait. At least 1. Default: 10.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = connections.clamp(1, tokio::sync::Semaphore::MAX_PERMITS);
        self
    }

    /// How long a connection may be idle, by wall clock, and still be used again. Default: 30 s.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle_timeout = timeout;
        self
    }

    /// How old the list of nodes may become before a call asks for it again. After a failure it is asked for anyway.
    /// Default: 30 s.
    #[must_use]
    pub fn refresh_interval(mut self, interval: Duration) -> Self {
        self.settings.refresh_interval = interval;
        self
    }

    /// What the primary key of a table is: then the cluster is never asked for it, which saves a first call the time of
    /// another one. It must be right.
    #[must_use]
    pub fn key_schema(mut self, table: impl Into<String>, schema: KeySchema) -> Self {
        self.key_schemas.insert(table.into(), Arc::new(schema));
        self
    }

    /// How TLS is done; see [`trusting`](super::trusting) for other certificates. By default, with those that the system trusts.
    /// The name that is verified is that of the endpoint in any case.
    #[must_use]
    pub fn tls(mut self, tls: Arc<ClientConfig>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// When calls are not even tried any more.
    #[must_use]
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.settings.breaker = breaker;
        self
    }

    /// What the client tells the cluster about itself. Default: `pennon-dax/` and the version of this crate.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.settings.user_agent = user_agent.into();
        self
    }

    /// The wall clock, for tests.
    #[must_use]
    pub fn time_source(mut self, clock: impl TimeSource + 'static) -> Self {
        self.clock = SharedTimeSource::new(clock);
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("addresses", &self.addresses)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
