//! Why the local server could not start.

use std::{io, path::PathBuf};

use pennon_domain::{ChangeError, DefinitionError, Denied, StoreError};

/// Why the local server could not start: one line for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or not allowed.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; choose another with PORT=")]
    Listen {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A directory cannot be made or written to.
    #[error("cannot write to {}: {source}", path.display())]
    Directory {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The flag file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The flag file holds no flag definitions.
    #[error("{} is no flagd definition: {source}", path.display())]
    Definition {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: DefinitionError,
    },
    /// The embedded DynamoDB does not start.
    #[error("{error}{}", cause(error))]
    Database {
        /// What it said.
        #[from]
        error: pennon_dynamodb_local::Error,
    },
    /// The local DAX cluster does not start.
    #[error("{error}{}", cause(error))]
    Cluster {
        /// What it said.
        #[from]
        error: dax_local::Error,
    },
    /// The issuer that was named cannot be one, or the store cannot use the local DAX cluster.
    #[error(transparent)]
    Config(#[from] pennon_config::ConfigError),
    /// The tables cannot be made.
    #[error("cannot make the tables: {source}{}", cause(source))]
    Tables {
        /// What the store said.
        #[from]
        source: StoreError,
    },
    /// The flags cannot be published.
    #[error("cannot publish the flags: {source}{}", cause(source))]
    Publish {
        /// What the store said.
        #[from]
        source: ChangeError,
    },
    /// The local SDK key is not one.
    #[error("the local SDK key: {0}")]
    Key(#[from] Denied),
    /// There are no random numbers to make a key with.
    #[error(transparent)]
    Entropy(#[from] pennon_auth::NoEntropy),
    /// The token of the admin cannot be made.
    #[error(transparent)]
    Sign(#[from] pennon_auth::SignError),
    /// The limits cannot be those of template.yaml with the parameters that were given.
    #[error(transparent)]
    Template(#[from] pennon_template::TemplateError),
    /// The socket has no address.
    #[error("cannot tell the port: {0}")]
    Address(#[from] io::Error),
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map(|source| format!(": {source}")).unwrap_or_default()
}
