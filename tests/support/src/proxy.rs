//! A proxy in front of DynamoDB that delays, refuses, swallows or answers for it.
//!
//! It emulates what an embedded DynamoDB does not do by itself: outages, throttling, lost answers.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, Uri, body::Incoming, header::HeaderValue, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is passed on, after that time.
    Delay(Duration),
    /// It is carried out, and answered after that time.
    DelayAnswer(Duration),
    /// It is carried out after that time, even if its client has given up by then, and never answered.
    Late(Duration),
    /// It is never answered.
    BlackHole,
    /// The connection is closed without an answer.
    Close,
    /// It is carried out, but the connection is closed without an answer.
    LoseAnswer,
    /// It is answered with an error of DynamoDB.
    Error {
        /// The HTTP status.
        status: u16,
        /// The name of the error, for example `ProvisionedThroughputExceededException`.
        code: &'static str,
    },
    /// It is a transaction, and cancelled for that reason, for example `TransactionConflict`.
    Cancelled(&'static str),
}

impl Fault {
    /// The table's throughput is exhausted.
    pub const THROTTLED: Self = Self::Error { status: 400, code: "ProvisionedThroughputExceededException" };
    /// DynamoDB is broken.
    pub const INTERNAL: Self = Self::Error { status: 500, code: "InternalServerError" };
}

/// Which requests a fault hits: all, unless narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    operation: Option<&'static str>,
    text: Option<String>,
    skipped: u32,
    remaining: Option<u32>,
}

impl Scope {
    /// Every request.
    pub fn all() -> Self {
        Self::default()
    }

    /// The requests of one operation, for example `GetItem`.
    pub fn operation(name: &'static str) -> Self {
        Self { operation: Some(name), ..Self::default() }
    }

    /// Of those, the ones whose body holds that text, for example part of a key.
    #[must_use]
    pub fn containing(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// Of those, not the first few.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { skipped: requests, ..self }
    }

    /// Of those, only the first few.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { remaining: Some(times), ..self }
    }

    fn hits(&mut self, operation: &str, body: &[u8]) -> bool {
        let holds = |text: &String| body.windows(text.len()).any(|window| window == text.as_bytes());
        let hit = self.operation.is_none_or(|name| name == operation) && self.text.as_ref().is_none_or(holds);
        if hit && self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        if hit && self.remaining != Some(0) {
            self.remaining = self.remaining.map(|times| times.saturating_sub(1));
            return true;
        }
        false
    }
}

/// Counts requests; see [`FaultProxy::watch`].
#[derive(Clone, Debug, Default)]
pub struct Watch(Arc<AtomicU64>);

impl Watch {
    /// How many there were so far, retries and faults included.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A proxy on a free loopback port. It stops when it is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<(Scope, Fault)>,
    watches: Vec<(Scope, Watch)>,
    counts: BTreeMap<String, u64>,
}

impl State {
    fn next(&mut self, operation: &str, body: &[u8]) -> Option<Fault> {
        *self.counts.entry(operation.to_owned()).or_default() += 1;
        for (scope, watch) in &mut self.watches {
            if scope.hits(operation, body) {
                watch.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let mut faults = self.faults.iter_mut().rev();
        faults.find_map(|(scope, fault)| scope.hits(operation, body).then(|| fault.clone()))
    }
}

type Upstream = Client<HttpConnector, Full<Bytes>>;

impl FaultProxy {
    /// Starts in front of the DynamoDB at that address, passing everything on. Runs on the caller's runtime.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let server = tokio::spawn(serve(listener, upstream, Arc::clone(&state)));
        Ok(Self { address, state, server })
    }

    /// The URL to give to a client.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on does that to the requests in scope. The last fault that hits a request counts.
    pub fn inject(&self, scope: Scope, fault: Fault) {
        locked(&self.state).faults.push((scope, fault));
    }

    /// From now on passes everything on.
    pub fn heal(&self) {
        locked(&self.state).faults.clear();
    }

    /// How many requests of an operation have arrived, retries and faults included.
    pub fn count(&self, operation: &str) -> u64 {
        locked(&self.state).counts.get(operation).copied().unwrap_or(0)
    }

    /// Counts the requests in scope that arrive from now on.
    pub fn watch(&self, scope: Scope) -> Watch {
        let watch = Watch::default();
        locked(&self.state).watches.push((scope, watch.clone()));
        watch
    }

    /// How many requests have arrived.
    pub fn total(&self) -> u64 {
        locked(&self.state).counts.values().sum()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, address: SocketAddr, state: Arc<Mutex<State>>) {
    let upstream: Upstream = Client::builder(TokioExecutor::new()).build_http();
    // Dropped, and with them every connection, when the proxy is.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let (upstream, state) = (upstream.clone(), Arc::clone(&state));
        connections.spawn(async move {
            let service =
                service_fn(|request| answer(request, address, upstream.clone(), Arc::clone(&state)));
            // An error is either what was asked for or the end of a connection; the client sees both.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    address: SocketAddr,
    upstream: Upstream,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let operation = operation(parts.headers.get("x-amz-target"));
    let fault = locked(&state).next(&operation, &body);
    match &fault {
        None | Some(Fault::LoseAnswer | Fault::DelayAnswer(_) | Fault::Late(_)) => {}
        Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Fault::BlackHole) => std::future::pending().await,
        Some(Fault::Close) => return Err(Closed),
        Some(Fault::Error { status, code }) => return Ok(error(*status, code, "")),
        Some(Fault::Cancelled(reason)) => {
            let reasons = format!(r#","CancellationReasons":[{{"Code":"{reason}"}}]"#);
            return Ok(error(400, "TransactionCanceledException", &reasons));
        }
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::builder()
        .scheme("http")
        .authority(address.to_string())
        .path_and_query(path)
        .build()
        .map_err(|_| Closed)?;
    let request = Request::from_parts(parts, Full::new(body));
    if let Some(Fault::Late(time)) = fault {
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            drop(upstream.request(request).await);
        });
        return std::future::pending().await;
    }
    let answer = upstream.request(request).await.map_err(|_| Closed)?;
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    match fault {
        Some(Fault::LoseAnswer) => return Err(Closed),
        Some(Fault::DelayAnswer(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    Ok(Response::from_parts(parts, Full::new(body)))
}

/// The connection is to be closed.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed")
    }
}

impl std::error::Error for Closed {}

fn operation(target: Option<&HeaderValue>) -> String {
    let target = target.and_then(|value| value.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

fn error(status: u16, code: &str, members: &str) -> Response<Full<Bytes>> {
    let body =
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"injected"{members}}}"#);
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    response
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{Client, config::retry::RetryConfig};
    use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};

    use super::*;
    use crate::client;

    async fn call(proxy: &FaultProxy) -> Result<(), String> {
        let config = client(&proxy.endpoint()).config().to_builder().retry_config(RetryConfig::disabled());
        let listed = Client::from_conf(config.build()).list_tables().send().await;
        listed.map(drop).map_err(|error| format!("{error:?}"))
    }

    #[tokio::test]
    async fn passes_on_counts_fails_and_heals() {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let proxy = FaultProxy::start(dynamodb.address()).await.unwrap();
        let watch = proxy.watch(Scope::operation("ListTables"));
        call(&proxy).await.unwrap();
        assert_eq!((proxy.count("ListTables"), proxy.total(), watch.count()), (1, 1, 1));

        proxy.inject(Scope::operation("ListTables"), Fault::INTERNAL);
        assert!(call(&proxy).await.unwrap_err().contains("InternalServerError"));
        proxy.inject(Scope::all(), Fault::Close);
        assert!(call(&proxy).await.unwrap_err().contains("DispatchFailure"));
        proxy.heal();
        call(&proxy).await.unwrap();
    }

    #[tokio::test]
    async fn a_fault_hits_only_what_is_in_its_scope() {
        let mut scope = Scope::operation("GetItem").containing("SNAP#").times(1);
        assert!(!scope.hits("PutItem", b"SNAP#"));
        assert!(!scope.hits("GetItem", b"HEAD"));
        assert!(scope.hits("GetItem", b"..SNAP#.."));
        assert!(!scope.hits("GetItem", b"..SNAP#.."));

        let mut second = Scope::operation("GetItem").after(1).times(1);
        let hits = [0; 4].map(|_| second.hits("GetItem", b""));
        assert_eq!(hits, [false, true, false, false]);
    }
}
