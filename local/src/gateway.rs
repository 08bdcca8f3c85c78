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
use http::header;
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use pennon_auth::{AuthError, Authenticator, bearer_token};
use pennon_domain::{Clock, Denied, SystemClock};
use pennon_http::{Access, Problem, Request, Response, Route, refuse};
use pennon_store::Store;
use pennon_template::{Template, TemplateError};
use tokio::net::TcpListener;

use crate::{
    functions::{Function, functions},
    limits::Limits,
};

/// What API Gateway passes on at most, in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;
/// How long requests in flight may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(2);
/// Where a path that no function serves is answered from.
const NOWHERE: Route = Route::new("", "");

/// Every function behind one port.
pub struct Gateway {
    functions: Vec<Function>,
    authenticator: Authenticator,
    limits: Option<Limits>,
    requests: AtomicU64,
}

impl Gateway {
    /// Every function over that store, for whoever holds a token that the authenticator takes.
    pub fn new(store: &Store, authenticator: Authenticator) -> Self {
        Self { functions: functions(store), authenticator, limits: None, requests: AtomicU64::new(0) }
    }

    /// Lets callers ask what the template lets them. Those who bring one of the client keys have the limits of the usage plan to
    /// themselves; if there are any, nobody evaluates flags without one.
    pub(crate) fn limited(
        mut self,
        template: &Template,
        client_keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, TemplateError> {
        let routes = self.functions.iter().map(|function| &function.route);
        self.limits = Some(Limits::new(template, routes, client_keys)?);
        Ok(self)
    }

    /// Serves until `stop` is ready, then lets what is in flight end.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
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
        let serves = |function: &&Function| function.route.method == method && function.is_at(path);
        let target = self.functions.iter().find(serves);

        let (body, unread) = match read(body).await {
            Ok(body) => (body, None),
            Err(problem) => (Bytes::new(), Some(problem)),
        };
        let mut request = Request {
            path: path.to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            method: parts.method,
            headers: parts.headers,
            body,
            id: format!("local-{}", self.requests.fetch_add(1, Ordering::Relaxed)),
            received: SystemClock.now(),
            authorizer: BTreeMap::new(),
        };
        let Some(function) = target else { return self.unserved(request).await };
        let route = &function.route;
        if let Some(refusal) = self.limits.as_ref().and_then(|limits| limits.refuse(route, &request)) {
            return refusal;
        }
        if let Some(problem) = unread {
            return refuse(route, &request, problem);
        }
        match self.authorize(route, &request).await {
            Ok(context) => request.authorizer = context,
            Err(problem) => return refuse(route, &request, problem),
        }
        function.answer(request).await
    }

    /// Answers what no function takes: preflights, other methods of a path that is served, and all other paths.
    async fn unserved(&self, request: Request) -> Response {
        let there: Vec<_> = self.functions.iter().filter(|function| function.is_at(&request.path)).collect();
        match there.first() {
            None => refuse(&NOWHERE, &request, Problem::not_found()),
            Some(function) if request.method == http::Method::OPTIONS => function.answer(request).await,
            Some(function) => {
                let methods = there.iter().map(|function| function.route.method);
                refuse(&function.route, &request, Problem::method_not_allowed(methods))
            }
        }
    }

    /// What API Gateway has its authorizer do before it invokes a function of the management plane.
    async fn authorize(&self, route: &Route, request: &Request) -> Result<BTreeMap<String, String>, Problem> {
        if !matches!(route.access, Access::Role(_)) || request.method != route.method {
            return Ok(BTreeMap::new());
        }
        match self.authenticator.principal(token(request)?).await {
            Ok(principal) => Ok(principal.to_context()),
            Err(AuthError::Invalid(_)) => Err(Denied::NoToken.into()),
            // As the gateway does where its authorizer fails.
            Err(error) => Err(Problem::internal(error)),
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("functions", &self.functions.len()).finish_non_exhaustive()
    }
}

fn token(request: &Request) -> Result<&str, Denied> {
    request.header(header::AUTHORIZATION).and_then(bearer_token).ok_or(Denied::NoToken)
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
