//! A request, whichever transport brought it.

use std::{borrow::Cow, collections::BTreeMap};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use pennon_domain::{Denied, Principal, Timestamp};

/// A request, whichever transport brought it: the Lambda runtime or a local socket.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path, percent-encoded as it was sent.
    pub path: String,
    /// The query, percent-encoded, without the `?`; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Names the request in logs and in 5xx bodies.
    pub id: String,
    /// When it arrived: what evaluation takes for "now".
    pub received: Timestamp,
    /// What the gateway's authorizer passed on. It is the gateway's word, never the caller's.
    pub authorizer: BTreeMap<String, String>,
}

impl Request {
    /// Who asks, by the gateway's authorizer.
    ///
    /// # Errors
    /// [`Denied::NoToken`] when it passed nobody on.
    pub fn principal(&self) -> Result<Principal, Denied> {
        Principal::from_context(&self.authorizer).ok_or(Denied::NoToken)
    }

    /// The value of a header, if it is there once or more and is text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter, percent-decoded.
    pub fn query_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl std::fmt::Debug for Request {
    /// Neither headers, which hold keys, nor the body, which holds a context.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
