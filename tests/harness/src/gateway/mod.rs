//! What stands in for API Gateway: HTTP in, REST (v1) events to the functions, HTTP out.
//!
//! Of a REST API it has routes, stage, TOKEN authorizer with its cache, throttles of methods, streaming integrations, preflights
//! and gateway responses, all as the template says. It has no usage plans, request validation, mapping templates, firewall, access
//! logs or TLS.

mod answer;
mod authorizer;
mod event;
mod refusal;
mod routes;

use std::{collections::BTreeMap, convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Method, Request};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use pennon_template::TemplateError;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::timeout,
};

use crate::{Deployment, Failure, Function};
use answer::Response;
use authorizer::Authorizer;
use event::Caller;
use refusal::{Refusal, Refusals};
use routes::{Mount, Routes};

/// The most that a request may have, in bytes.
const MAX_BODY: usize = 10 << 20;

/// How long the gateway waits for a function that does not stream.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The template does not say what it has to.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// There is no port to be had.
    #[error("no loopback port: {0}")]
    Listen(#[from] io::Error),
}

/// A gateway on a free loopback port. It stops when it is dropped, and its functions with it.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    inner: Arc<Inner>,
    server: AbortHandle,
}

#[derive(Debug)]
struct Inner {
    functions: BTreeMap<String, Function>,
    routes: Routes,
    authorizer: Option<Authorizer>,
    refusals: Refusals,
    stage: String,
}

impl Gateway {
    /// Serves what the template deploys. No process is started before a request needs it.
    ///
    /// # Errors
    /// When the template is not what it has to be, or there is no port.
    pub async fn start(deployment: Deployment) -> Result<Self, GatewayError> {
        let template = &deployment.template;
        let deployed = template.functions()?;
        let functions: BTreeMap<_, _> =
            deployed.iter().map(|function| (function.name.clone(), deployment.function(function))).collect();
        let inner = Arc::new(Inner {
            routes: Routes::read(&deployment, &deployed, &functions)?,
            authorizer: Authorizer::read(template, &deployed, &functions)?,
            refusals: Refusals::read(template)?,
            stage: stage(template)?,
            functions,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(serve(listener, Arc::clone(&inner))).abort_handle();
        Ok(Self { address, inner, server })
    }

    /// Where it serves, without a stage: `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A function by its name, for example `evaluate-flag`.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.inner.functions.get(name)
    }

    /// Every function, in the order of their names.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.inner.functions.values()
    }

    /// Stops serving, kills every process and waits until they are gone.
    pub async fn shutdown(self) {
        self.server.abort();
        for function in self.inner.functions.values() {
            function.clone().shutdown().await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn stage(template: &pennon_template::Template) -> Result<String, TemplateError> {
    let api = template.resources("AWS::Serverless::Api").next();
    let stage = api.and_then(|(_, api)| api.get("StageName")?.as_str());
    stage.map(str::to_owned).ok_or_else(|| TemplateError::Unexpected("the API has no stage".to_owned()))
}

async fn serve(listener: TcpListener, gateway: Arc<Inner>) {
    // Dropped, and with them every connection, when the gateway is.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, most likely: give others time to close theirs.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(stream, peer, Arc::clone(&gateway)));
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, gateway: Arc<Inner>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.answer(request, peer).await) }
    });
    // A connection that breaks is the client's affair.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Inner {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response {
        let id = crate::function::request_id();
        let response = match self.integrate(request, peer, &id).await {
            Ok(response) => response,
            Err(refusal) => self.refusals.response(refusal, &id),
        };
        answer::identified(response, &id)
    }

    async fn integrate(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        id: &str,
    ) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        if parts.method == Method::OPTIONS
            && let Some(preflight) = self.routes.preflight(parts.uri.path())
        {
            return Ok(preflight);
        }
        let found = self.routes.find(parts.method.as_str(), parts.uri.path());
        let (mount, parameters) = found.ok_or(Refusal::NoSuchRoute)?;
        let body = read(body).await?;
        if !mount.admits() {
            return Err(Refusal::Throttled);
        }
        let authorized = match &self.authorizer {
            Some(authorizer) if mount.route.authorizer => {
                Some(authorizer.ask(&parts.headers, &self.stage, &mount.route).await?)
            }
            _ => None,
        };
        let caller = Caller { id, peer, stage: &self.stage, authorized: authorized.as_deref() };
        let event = event::rest(&mount.route, &parameters, &parts, &body, &caller)?;
        invoke(mount, event).await
    }
}

async fn invoke(mount: &Mount, event: Bytes) -> Result<Response, Refusal> {
    if mount.route.streaming {
        let streamed = mount.function.invoke_streaming(event).await?;
        return answer::streamed(streamed);
    }
    match timeout(INTEGRATION_TIMEOUT, mount.function.invoke(event)).await {
        Ok(invocation) => answer::whole(&invocation?.payload),
        Err(_) => Err(Refusal::IntegrationTimeout),
    }
}

/// The whole body, if a gateway would pass it on. One that is too long is read all the same: many clients look for an answer only
/// at its end.
async fn read(mut body: Incoming) -> Result<Bytes, Refusal> {
    let (mut bytes, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::BadRequest)?.into_data() else { continue };
        length += data.len();
        if length <= MAX_BODY {
            bytes.extend_from_slice(&data);
        } else if length > 2 * MAX_BODY {
            break;
        }
    }
    if length > MAX_BODY { Err(Refusal::TooLarge) } else { Ok(bytes.freeze()) }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TooLarge(crate::Payload::Event) => Self::TooLarge,
            // The gateway does not tell its callers that a function is at its limit.
            Failure::Throttled => Self::IntegrationFailure,
            // One that ran out of its own time has failed like any other.
            _ => Self::BadAnswer,
        }
    }
}
