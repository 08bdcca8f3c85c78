//! An HTTP client that shows everything: one connection, kept alive, no retries, no redirects.

use std::{io, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// A header that is text.
    pub fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The version that the answer says it was computed from.
    pub fn version(&self) -> Option<u64> {
        self.header("pennon-version")?.parse().ok()
    }

    /// Whether the answer says that it may be out of date.
    pub fn is_stale(&self) -> bool {
        self.header("pennon-stale").is_some()
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path, with the query.
    pub path: String,
    /// Headers beside `Host` and `Content-Type`.
    pub headers: Vec<(HeaderName, String)>,
    /// The body, which is JSON. Empty: there is none.
    pub body: Bytes,
}

impl Call {
    /// A request without a body that anybody could make.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A request with a body.
    pub fn send(method: Method, path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: body.into() }
    }

    /// With another header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With that key or token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, format!("Bearer {token}"))
    }
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody listens, or the connection broke.
    #[error("the connection broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It began, and broke off.
    #[error("the answer broke off")]
    BrokeOff(#[source] hyper::Error),
    /// It did not come in time.
    #[error("no answer within {0:?}")]
    TooLate(Duration),
    /// The request cannot be written: a mistake of whoever made it.
    #[error("no request")]
    Invalid(#[from] http::Error),
}

/// A connection that is opened when it is needed, and again when the other side has closed it.
#[derive(Debug)]
pub struct Connection {
    authority: String,
    timeout: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// To the server at that authority, for example `127.0.0.1:9000`, whose answers are waited for that long.
    pub fn new(authority: impl Into<String>, timeout: Duration) -> Self {
        Self { authority: authority.into(), timeout, sender: None }
    }

    /// Sends a request and reads its answer.
    pub async fn call(&mut self, call: &Call) -> Result<Answer, NoAnswer> {
        let timeout = self.timeout;
        let answer = tokio::time::timeout(timeout, self.exchange(call)).await;
        let answer = answer.unwrap_or(Err(NoAnswer::TooLate(timeout)));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, call: &Call) -> Result<Answer, NoAnswer> {
        let request = self.request(call)?;
        let sender = self.sender().await.map_err(broken)?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(NoAnswer::BrokeOff)?.to_bytes();
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request =
            Request::builder().method(&call.method).uri(&call.path).header(header::HOST, &self.authority);
        if !call.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        request.body(Full::new(call.body.clone()))
    }

    /// The open connection, or a new one. One that was closed while it was idle is noticed here, and costs no request.
    async fn sender(&mut self) -> io::Result<&mut SendRequest<Full<Bytes>>> {
        let open = match self.sender.take() {
            Some(mut sender) => sender.ready().await.is_ok().then_some(sender),
            None => None,
        };
        let sender = match open {
            Some(sender) => sender,
            None => connect(&self.authority).await?,
        };
        Ok(self.sender.insert(sender))
    }
}

async fn connect(authority: &str) -> io::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    // How it ends shows in the requests that it carried.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> NoAnswer {
    NoAnswer::Broken(Box::new(error))
}
