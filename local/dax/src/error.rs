//! What can go wrong with the cluster itself. What goes wrong with a call, its client is told.

use std::io;

use crate::options::MAX_NODES;

/// Why the cluster could not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A cluster has 1 to 11 nodes.
    #[error("a cluster has 1 to {MAX_NODES} nodes, not {0}")]
    Nodes(usize),
    /// The port is taken, may not be opened, or is past the last one.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was wanted.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The certificates could not be made.
    #[error("cannot make certificates: {message}")]
    Tls {
        /// What the library said.
        message: String,
    },
    /// The system gave no thread or no runtime.
    #[error("cannot start the cluster's thread")]
    Thread(#[source] io::Error),
    /// The cluster's thread has ended, which it does only by a defect.
    #[error("the cluster has ended")]
    Ended,
    /// The key of an item cannot be told: its table is not there, or the key is not one of that table.
    #[error("no such key: {message}")]
    Key {
        /// What is wrong.
        message: String,
    },
}
