//! A response, whichever transport takes it.

use http::{HeaderName, HeaderValue, StatusCode, header};
use pennon_domain::AsOf;

use crate::Body;

/// A response, whichever transport takes it.
pub type Response = http::Response<Body>;

/// Names, in every answer about flags, the version of the environment that it was computed from.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("pennon-version");

/// Says `true` in answers that may be out of date, because the data could not be reached to find out; others do not have it.
pub const STALE_HEADER: HeaderName = HeaderName::from_static("pennon-stale");

/// A JSON response.
pub fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    with_content_type(status, body, HeaderValue::from_static("application/json"))
}

/// Adds the version that the answer was computed from, and whether it may be out of date.
pub fn with_version(mut response: Response, as_of: AsOf) -> Response {
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from(as_of.version));
    if as_of.stale {
        response.headers_mut().insert(STALE_HEADER, HeaderValue::from_static("true"));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_out_of_date_says_so() {
        let headers = |stale| {
            let response = with_version(json(StatusCode::OK, "{}"), AsOf { version: 7, stale });
            let value = |name| response.headers().get(&name).map(|value| value.to_str().unwrap().to_owned());
            (value(VERSION_HEADER), value(STALE_HEADER))
        };
        assert_eq!(headers(false), (Some("7".to_owned()), None));
        assert_eq!(headers(true), (Some("7".to_owned()), Some("true".to_owned())));
    }
}
