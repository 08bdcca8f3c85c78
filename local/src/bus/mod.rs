//! What stands in for EventBridge: takes `PutEvents` over HTTP, and keeps each event as a line of a file, as targets would get it.

mod put_events;

use std::{
    convert::Infallible,
    fmt,
    fs::OpenOptions,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_sdk_eventbridge::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

use self::put_events::{Entries, Refusal};

/// What the client says that it wants.
const OPERATION: &str = "AWSEvents.PutEvents";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// More than `PutEvents` takes, so that it is refused by its own words.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// By the detail of an event: the error code that it is refused with.
type Rule = Box<dyn FnMut(&Value) -> Option<&'static str> + Send>;
type Response = http::Response<Full<Bytes>>;

/// An event bus on a loopback port, until it is dropped.
pub struct LocalBus {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: AbortHandle,
}

struct Shared {
    file: PathBuf,
    rule: Mutex<Rule>,
}

impl LocalBus {
    /// Serves on that socket. Events are appended to that file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn start(listener: TcpListener, file: impl Into<PathBuf>) -> io::Result<Self> {
        let shared = Arc::new(Shared { file: file.into(), rule: Mutex::new(Box::new(|_| None)) });
        shared.append("")?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, server })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to give to a client, for example as `AWS_ENDPOINT_URL_EVENTBRIDGE`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static(put_events::REGION))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(self.url())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    /// Refuses events from now on: those whose detail the rule has an error code for, for example `ThrottlingException`. The others
    /// of a request are taken.
    pub fn refuse(&self, rule: impl FnMut(&Value) -> Option<&'static str> + Send + 'static) {
        *self.shared.rule() = Box::new(rule);
    }
}

impl Drop for LocalBus {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBus").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: give others time to close theirs.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        let service = service_fn(move |request| {
            let shared = Arc::clone(&shared);
            async move { Ok::<_, Infallible>(shared.answer(request).await) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move { drop(connection.await) });
    }
}

impl Shared {
    async fn answer(&self, request: http::Request<Incoming>) -> Response {
        match self.put_events(request).await {
            Ok(results) => json(http::StatusCode::OK, results),
            Err(refusal) => json(refusal.status, refusal.json()),
        }
    }

    async fn put_events(&self, request: http::Request<Incoming>) -> Result<String, Refusal> {
        if request.headers().get("x-amz-target").is_none_or(|target| target != OPERATION) {
            return Err(Refusal::unknown_operation());
        }
        let body = Limited::new(request.into_body(), MAX_BODY_BYTES).collect().await;
        let body = body.map_err(|_| Refusal::too_large())?.to_bytes();
        let entries = Entries::parse(&body)?;
        let (lines, results) = entries.take(&mut *self.rule());
        self.append(&lines).map_err(|error| {
            tracing::error!(file = %self.file.display(), %error, "events cannot be written");
            Refusal::internal()
        })?;
        Ok(results)
    }

    fn rule(&self) -> MutexGuard<'_, Rule> {
        self.rule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, lines: &str) -> io::Result<()> {
        // One write for all lines, so that nobody reads half of one.
        OpenOptions::new().create(true).append(true).open(&self.file)?.write_all(lines.as_bytes())
    }
}

fn json(status: http::StatusCode, body: String) -> Response {
    let mut response = http::Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let content_type = http::HeaderValue::from_static(CONTENT_TYPE);
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    response
}
