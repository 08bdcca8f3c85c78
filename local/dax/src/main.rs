//! `dax-local`, the binary: a DAX cluster from the command line. See the library.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use dax_local::{Cluster, Credentials, Options};
use tokio::signal::unix::{SignalKind, signal};

/// What was asked for cannot be done: the same status as for arguments that cannot be read.
const USAGE: u8 = 2;
/// Where DAX listens.
const DAX_PORT: u16 = 8111;
/// Where DAX listens if it speaks TLS.
const DAXS_PORT: u16 = 9111;

/// Runs a DAX cluster on loopback ports, over any DynamoDB.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The URL of the DynamoDB behind it.
    #[arg(long, default_value = "http://127.0.0.1:8000", value_name = "URL")]
    dynamodb: String,

    /// How many nodes: 1 to 11.
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    nodes: usize,

    /// The port of the first node, the others get the next ones; 0 takes any free ones. By default 8111, or 9111 with TLS.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,

    /// Speak TLS, with a certificate for `localhost`, `cluster.dax.local` and `127.0.0.1`.
    #[arg(long)]
    tls: bool,

    /// Where to write the certificate that clients must trust.
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,

    /// An access key that may call, as `ID:SECRET` or `ID:SECRET:SESSION_TOKEN`; may be given again. Without it, any may.
    #[arg(long = "credentials", value_name = "KEY", value_parser = credentials)]
    credentials: Vec<Credentials>,

    /// How long items are cached, in milliseconds; 0: until there is no room.
    #[arg(long, default_value_t = 300_000, value_name = "MS")]
    record_ttl: u64,

    /// How long results of queries and scans are cached, in milliseconds; 0: not at all.
    #[arg(long, default_value_t = 300_000, value_name = "MS")]
    query_ttl: u64,

    /// How long the other nodes take to learn of an item, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    replication_lag: u64,

    /// Write arrays and maps without their lengths wherever the official clients take that.
    #[arg(long)]
    indefinite: bool,
}

/// Why it ended before it was told to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Cluster(#[from] dax_local::Error),
    #[error("the certificate cannot be written")]
    CaFile(#[source] std::io::Error),
    #[error("cannot wait for signals")]
    Signal(#[source] std::io::Error),
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "this is the command line")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let source = std::error::Error::source(&failure).map(|source| format!(": {source}"));
            eprintln!("dax-local: {failure}{}", source.unwrap_or_default());
            ExitCode::from(USAGE)
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is the command line")]
async fn run(arguments: Arguments) -> Result<(), Failure> {
    // Before anything is printed: whoever reads it may want it to end at once.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Signal)?;
    let ca_file = arguments.ca_file.clone();
    let cluster = Cluster::start(arguments.into())?;
    if let (Some(path), Some(pem)) = (ca_file, cluster.ca_pem()) {
        std::fs::write(path, pem).map_err(Failure::CaFile)?;
    }
    println!("{}", cluster.url());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        Self {
            dynamodb: arguments.dynamodb,
            nodes: arguments.nodes,
            port: arguments.port.unwrap_or(if arguments.tls { DAXS_PORT } else { DAX_PORT }),
            tls: arguments.tls,
            credentials: (!arguments.credentials.is_empty()).then_some(arguments.credentials),
            record_ttl: Duration::from_millis(arguments.record_ttl),
            query_ttl: Duration::from_millis(arguments.query_ttl),
            replication_lag: Duration::from_millis(arguments.replication_lag),
            indefinite: arguments.indefinite,
            ..Self::default()
        }
    }
}

/// The session token may have colons itself.
fn credentials(text: &str) -> Result<Credentials, String> {
    let mut parts = text.splitn(3, ':');
    match (parts.next(), parts.next()) {
        (Some(id), Some(secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok(Credentials::new(id, secret, parts.next().map(str::to_owned), None, "command line"))
        }
        _ => Err("expected ID:SECRET or ID:SECRET:SESSION_TOKEN".to_owned()),
    }
}
