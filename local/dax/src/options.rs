//! How a cluster is to be.

use std::time::Duration;

pub use aws_sdk_dynamodb::config::Credentials;

/// The most nodes that DAX gives a cluster: a leader and ten replicas.
pub(crate) const MAX_NODES: usize = 11;

/// How a cluster is to be. The default is one node without TLS that takes any credentials.
#[derive(Clone, Debug)]
pub struct Options {
    /// The URL (`http://..`) of the DynamoDB behind it. By default where DynamoDB Local listens.
    pub dynamodb: String,
    /// How many nodes: 1 to 11. The first is the leader.
    pub nodes: usize,
    /// The port of the first node; the others get the ports after it. 0 takes any free ports.
    pub port: u16,
    /// Whether to speak TLS, with certificates made at the start: see [`Cluster::ca_pem`](crate::Cluster::ca_pem).
    pub tls: bool,
    /// The credentials that may be used. `None`: any, and no proof of them is asked for.
    pub credentials: Option<Vec<Credentials>>,
    /// How far a client's clock may be off, either way.
    pub clock_skew: Duration,
    /// How long a connection is authorized.
    pub authorization_ttl: Duration,
    /// How long items, and that there is none, are cached. 0: until there is no room.
    pub record_ttl: Duration,
    /// How long results of `Query` and `Scan` are cached. 0: not at all.
    pub query_ttl: Duration,
    /// How many items, and how many results of queries, each node caches.
    pub item_capacity: usize,
    /// How long the other nodes take to learn of an item.
    pub replication_lag: Duration,
    /// Whether to write arrays and maps without their lengths wherever the official clients take that.
    pub indefinite: bool,
}

impl Default for Options {
    /// The times are DAX's own defaults, but other nodes learn of items at once.
    fn default() -> Self {
        Self {
            dynamodb: "http://127.0.0.1:8000".to_owned(),
            nodes: 1,
            port: 0,
            tls: false,
            credentials: None,
            clock_skew: Duration::from_mins(15),
            authorization_ttl: Duration::from_mins(5),
            record_ttl: Duration::from_mins(5),
            query_ttl: Duration::from_mins(5),
            item_capacity: 10_000,
            replication_lag: Duration::ZERO,
            indefinite: false,
        }
    }
}
