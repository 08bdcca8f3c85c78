//! A response, whichever transport takes it.

use http::{HeaderName, HeaderValue, StatusCode, header};
use pennon_domain::AsOf;

use crate::Body;

/// A response, whichever transport takes it.
pub type Response = http::Response<Body>;

/// Names, in every answer about flags, the version of the environment that it was computed from.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("pennon-version");

/// A JSON response.
pub fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    with_content_type(status, body, HeaderValue::from_static("application/json"))
}

/// Adds the version that the answer was computed from.
pub fn with_version(mut response: Response, as_of: AsOf) -> Response {
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from(as_of.version));
    response
}

pub(crate) fn with_content_type(
    status: StatusCode,
    body: impl Into<Body>,
    content_type: HeaderValue,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
