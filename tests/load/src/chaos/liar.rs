//! A proxy that lies, to prove that chaos notices: each sabotage breaks one of the rules.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use clap::ValueEnum;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::Mutex,
    task::{AbortHandle, JoinSet},
};

use crate::{
    client::{Answer, Call, Connection},
    run::PATIENCE,
};

/// One answer of so many is a lie.
const ONE_IN: u64 = 20;

/// The metadata of flags that have none, as they are and as they would be if they were stale.
const EMPTY: &str = r#""metadata":{}"#;
const STALE: &str = r#""metadata":{"pennon.stale":true}"#;

/// Which rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sabotage {
    /// A flag has the value of another one.
    Value,
    /// A value of a version that is not the one named.
    Version,
    /// Whoever polls is told that nothing has changed.
    Unchanged,
    /// A 500, well-formed.
    Failure,
    /// A 500 that says too much.
    Chatter,
    /// A publish is acknowledged that never happened.
    Publish,
    /// An answer that is stale without a reason.
    Stale,
}

/// A proxy in front of a server, which lies now and then. It stops when it is dropped.
#[derive(Debug)]
pub struct Liar {
    address: SocketAddr,
    server: AbortHandle,
}

#[derive(Debug)]
struct Lies {
    upstream: String,
    sabotage: Sabotage,
    answers: AtomicU64,
}

impl Liar {
    /// Starts in front of the server at that authority. Runs on the caller's runtime.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(upstream: String, sabotage: Sabotage) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let lies = Arc::new(Lies { upstream, sabotage, answers: AtomicU64::new(0) });
        let server = tokio::spawn(serve(listener, lies)).abort_handle();
        Ok(Self { address, server })
    }

    /// Where it serves, for example `127.0.0.1:40123`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, lies: Arc<Lies>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let lies = Arc::clone(&lies);
        let upstream = Arc::new(Mutex::new(Connection::new(lies.upstream.clone(), PATIENCE)));
        let service = service_fn(move |request| {
            let (lies, upstream) = (Arc::clone(&lies), Arc::clone(&upstream));
            async move {
                let answer = lies.answer(request, &mut *upstream.lock().await).await;
                Ok::<_, Infallible>(answer)
            }
        });
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Lies {
    async fn answer(&self, request: Request<Incoming>, upstream: &mut Connection) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return refused() };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let publishes = path.starts_with("/v1/") && parts.headers.contains_key("idempotency-key");
        if self.sabotage == Sabotage::Publish && publishes {
            let version =
                parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()?.rsplit('-').next());
            let receipt = format!(r#"{{"version":{},"changed":true,"warnings":[]}}"#, version.unwrap_or("0"));
            return Response::new(Full::new(receipt.into()));
        }
        let hop_by_hop = [header::HOST, header::CONTENT_LENGTH, header::CONTENT_TYPE];
        let headers = parts.headers.iter().filter(|(name, _)| !hop_by_hop.contains(name));
        let headers =
            headers.filter_map(|(name, value)| Some((name.clone(), value.to_str().ok()?.to_owned())));
        let call = Call { method: parts.method, path, headers: headers.collect(), body: body.to_bytes() };
        match upstream.call(&call).await {
            Ok(answer) => self.tell(&call, answer),
            Err(_) => refused(),
        }
    }

    /// The answer, or what is made of it.
    fn tell(&self, call: &Call, mut answer: Answer) -> Response<Full<Bytes>> {
        let evaluates = call.path.starts_with("/ofrep/") && answer.status == StatusCode::OK;
        let lies = evaluates && self.answers.fetch_add(1, Ordering::Relaxed) % ONE_IN == ONE_IN - 1;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        match self.sabotage {
            _ if !lies => {}
            Sabotage::Value => answer.body = text.replacen("/flag-0", "/flag-9", 1).into(),
            Sabotage::Version => name_another_version(&mut answer),
            Sabotage::Unchanged => {
                answer.status = StatusCode::NOT_MODIFIED;
                answer.body = Bytes::new();
            }
            Sabotage::Failure => fail(&mut answer, "internal error; request 1"),
            Sabotage::Chatter => fail(&mut answer, "panicked at src/lib.rs"),
            Sabotage::Stale => {
                answer.body = text.replace(EMPTY, STALE).into();
                answer.headers.insert("pennon-stale", HeaderValue::from_static("true"));
            }
            Sabotage::Publish => {}
        }
        let mut response = Response::new(Full::new(answer.body));
        *response.status_mut() = answer.status;
        answer.headers.remove(header::CONTENT_LENGTH);
        answer.headers.remove(header::TRANSFER_ENCODING);
        *response.headers_mut() = answer.headers;
        response
    }
}

fn name_another_version(answer: &mut Answer) {
    if let Some(version) = answer.version() {
        answer.headers.insert("pennon-version", HeaderValue::from(version + 1));
    }
}

fn fail(answer: &mut Answer, text: &str) {
    answer.status = StatusCode::INTERNAL_SERVER_ERROR;
    answer.body = format!(r#"{{"errorCode":"GENERAL","errorDetails":"{text}","metadata":{{}}}}"#).into();
}

fn refused() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
