//! What stands in for API Gateway: a local socket in front of the functions.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use pennon_domain::{Clock, SystemClock};
use pennon_http::{Access, Problem, Request, Response, Route, refuse};
use pennon_store::Store;
use tokio::net::TcpListener;

use crate::{
    config::Options,
    functions::{Function, functions},
    throttle::Throttle,
};

/// What API Gateway passes on at most, in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;
/// How long requests in flight may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);
/// Where a path that no function serves is answered from.
const NOWHERE: Route = Route::new("", "");

/// Every function behind one port.
pub(crate) struct Gateway {
    mounts: Vec<Mount>,
    requests: AtomicU64,
}

struct Mount {
    function: Function,
    throttle: Option<Throttle>,
}

impl Gateway {
    pub(crate) fn new(store: &Store, options: &Options) -> Self {
        let throttle = || options.rate_limit.map(|rate| Throttle::new(rate, options.burst_limit));
        let mount = |function| Mount { function, throttle: throttle() };
        Self { mounts: functions(store).into_iter().map(mount).collect(), requests: AtomicU64::new(0) }
    }

    /// Serves until `stop` is ready, then lets what is in flight end.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let gateway = Arc::new(self);
        let connections = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, most likely: give others time to close theirs.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let gateway = Arc::clone(&gateway);
            let service = service_fn(move |request| {
                let gateway = Arc::clone(&gateway);
                async move { Ok::<_, Infallible>(gateway.answer(request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            let connection = connections.watch(connection);
            // A connection that breaks is the client's affair.
            tokio::spawn(async move { drop(connection.await) });
        }
        let _ = tokio::time::timeout(GRACE, connections.shutdown()).await;
    }

    async fn answer(&self, request: http::Request<Incoming>) -> Response {
        let (parts, body) = request.into_parts();
        let (path, method) = (parts.uri.path(), &parts.method);
        // By path and method, else by path alone, so that the function's edge can answer preflights and wrong methods.
        let served =
            self.mounts.iter().find(|mount| mount.is_at(path) && mount.function.route.method == method);
        let mount = served.or_else(|| self.mounts.iter().find(|mount| mount.is_at(path)));

        let (body, unread) = match read(body).await {
            Ok(body) => (body, None),
            Err(problem) => (Bytes::new(), Some(problem)),
        };
        let request = Request {
            path: path.to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            method: parts.method,
            headers: parts.headers,
            body,
            id: format!("local-{}", self.requests.fetch_add(1, Ordering::Relaxed)),
            received: SystemClock.now(),
            authorizer: BTreeMap::new(),
        };
        let Some(mount) = mount else {
            return refuse(&NOWHERE, &request, Problem::not_found());
        };
        if let Some(problem) = unread.or_else(|| mount.throttled(&request)) {
            return refuse(&mount.function.route, &request, problem);
        }
        mount.function.answer(request).await
    }
}

impl Mount {
    /// Whether the path is this function's: from its start, since there is no stage in front of it here. Where a flag is named as
    /// another route is, the later match is not meant.
    fn is_at(&self, path: &str) -> bool {
        self.function.route.base(path) == Some(0)
    }

    fn throttled(&self, request: &Request) -> Option<Problem> {
        let throttle = self.throttle.as_ref().filter(|_| request.method != http::Method::OPTIONS)?;
        throttle.admit().err().map(Problem::too_many_requests)
    }
}

/// The whole body, if API Gateway would pass it on.
async fn read(mut body: Incoming) -> Result<Bytes, Problem> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad_request("the request body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MAX_PAYLOAD_BYTES {
            bytes.extend_from_slice(&data);
        } else if length > 2 * MAX_PAYLOAD_BYTES {
            break;
        }
        // What is somewhat too long is read to its end all the same: many clients look for an answer only then.
    }
    if length > MAX_PAYLOAD_BYTES {
        return Err(Problem::payload_too_large(MAX_PAYLOAD_BYTES));
    }
    Ok(bytes.into())
}
