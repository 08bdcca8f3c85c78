//! An embedded DynamoDB on a loopback port: for the local server and the tests, never deployed.
//!
//! This crate is the only one that names dynoxide, so that replacing it touches nothing else. What dynoxide does not
//! emulate (transaction conflicts, throttling, eventual consistency, outages) the tests inject in front of it.

mod stream;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    thread,
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use dynoxide::Database;
use tokio::sync::oneshot;

pub use stream::{StreamReader, StreamRecord};

/// The region that [`client`] names. Any would do.
pub const REGION: &str = "us-east-1";

/// How long a stopping server waits for the requests that are still running.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Where the tables are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory: gone when the server stops.
    Memory,
    /// In a file, made if there is none.
    File(PathBuf),
}

/// Why the embedded DynamoDB could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or may not be opened.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file cannot be opened, or is no database of this kind.
    #[error("cannot open the database: {message}")]
    Open {
        /// What the database said.
        message: String,
    },
    /// The stream of a table cannot be read: most likely, it has none.
    #[error("cannot read the stream of {table}: {message}")]
    Stream {
        /// The table.
        table: String,
        /// What the database said.
        message: String,
    },
    /// The system gave no thread or no runtime.
    #[error("cannot start the server thread")]
    Thread(#[source] io::Error),
}

/// A running DynamoDB. It stops, and closes its file, when it is dropped.
///
/// It runs on a thread of its own: it works inline, disk access included, which must not hold up the caller's runtime.
pub struct EmbeddedDynamoDb {
    address: SocketAddr,
    database: Database,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

impl EmbeddedDynamoDb {
    /// Starts on 127.0.0.1. Port 0 takes any free port; see [`endpoint`](Self::endpoint).
    pub fn start(storage: Storage, port: u16) -> Result<Self, Error> {
        let listen = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let database = open(storage)?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let server = thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn({
                let database = database.clone();
                move || run(&runtime, listener, database, stopped)
            })
            .map_err(Error::Thread)?;
        Ok(Self { address, database, stop: Some(stop), server: Some(server) })
    }

    /// The URL to give to a client, for example as `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        client(&self.endpoint())
    }

    /// Reads the stream of a table. The file stays open until the reader is dropped as well.
    pub fn stream(&self, table: &str) -> StreamReader {
        StreamReader::new(self.database.clone(), table)
    }
}

impl fmt::Debug for EmbeddedDynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedDynamoDb").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for EmbeddedDynamoDb {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take()
            && server.join().is_err()
        {
            tracing::error!("the embedded DynamoDB ended in a panic");
        }
    }
}

/// A client of a DynamoDB that takes any credentials, at that URL.
pub fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static(REGION))
        .credentials_provider(credentials())
        .endpoint_url(endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// What [`client`] signs with. Any would do.
pub fn credentials() -> Credentials {
    Credentials::new("local", "local", None, None, "local")
}

fn open(storage: Storage) -> Result<Database, Error> {
    let opened = match storage {
        Storage::Memory => Database::memory(),
        Storage::File(path) => {
            let Some(path) = path.to_str() else {
                return Err(Error::Open { message: "its path is not UTF-8".to_owned() });
            };
            Database::new(path)
        }
    };
    opened.map_err(|error| Error::Open { message: error.to_string() })
}

fn run(
    runtime: &tokio::runtime::Runtime,
    listener: TcpListener,
    database: Database,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "the embedded DynamoDB cannot listen"),
        };
        let (stop, server_stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = server_stopped.await;
        };
        let server = dynoxide::server::serve_with_shutdown(listener, database, shutdown);
        tokio::pin!(server);
        let ended = tokio::select! {
            ended = &mut server => ended,
            _ = stopped => {
                drop(stop);
                // A client that never finishes its request must not hold up the end of the process.
                tokio::time::timeout(STOP_WITHIN, server).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            tracing::error!(%error, "the embedded DynamoDB failed");
        }
    });
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    };

    use super::*;

    #[tokio::test]
    async fn answers_and_frees_its_port_when_dropped() {
        let server = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let port = server.address().port();
        assert!(server.client().list_tables().send().await.unwrap().table_names().is_empty());
        drop(server);
        let again = EmbeddedDynamoDb::start(Storage::Memory, port).unwrap();
        assert_eq!(again.address().port(), port);
    }

    #[tokio::test]
    async fn a_file_keeps_the_tables() {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::File(directory.path().join("tables"));
        let server = EmbeddedDynamoDb::start(storage.clone(), 0).unwrap();
        let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
        let string = AttributeDefinition::builder()
            .attribute_name("pk")
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap();
        let create =
            server.client().create_table().table_name("kept").billing_mode(BillingMode::PayPerRequest);
        create.key_schema(key).attribute_definitions(string).send().await.unwrap();
        drop(server);

        let again = EmbeddedDynamoDb::start(storage, 0).unwrap();
        assert_eq!(again.client().list_tables().send().await.unwrap().table_names(), ["kept"]);
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let refused = EmbeddedDynamoDb::start(Storage::File(directory.path().to_owned()), 0).unwrap_err();
        assert!(matches!(refused, Error::Open { .. }), "{refused}");
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let server = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let refused = EmbeddedDynamoDb::start(Storage::Memory, server.address().port()).unwrap_err();
        assert!(matches!(refused, Error::Listen { .. }), "{refused}");
    }
}
