//! Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1.2).

use http::{HeaderMap, HeaderValue, StatusCode, header};
use pennon_domain::Digest;

use crate::{Body, Response};

/// The headers that may hold the SDK key, and so decide which environment an answer is about.
const VARY: &str = "Authorization, X-API-Key";

/// A strong entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag with this opaque part: visible ASCII without quotes, such as hexadecimal.
    pub fn new(opaque: &str) -> Self {
        Self(format!("\"{opaque}\""))
    }

    /// A tag for whatever the parts determine. The same parts give the same tag in any process.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self::new(&Digest::of(parts).to_string())
    }

    /// The tag as it stands in a header, quotes included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the request names this tag in `If-None-Match`: in any item of a list, in weak form or without quotes
    /// (proxies add the one and clients forget the other), or as `*`.
    pub fn is_in(&self, headers: &HeaderMap) -> bool {
        let opaque = self.0.trim_matches('"');
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item).trim_matches('"') == opaque)
    }

    /// Adds the tag, how the response may be cached, and that it depends on the key.
    pub fn attach(&self, cache_control: &'static str, mut response: Response) -> Response {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
        response.headers_mut().insert(header::VARY, HeaderValue::from_static(VARY));
        response
    }

    /// The answer to a request whose copy is current.
    pub fn not_modified(&self, cache_control: &'static str) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        self.attach(cache_control, response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(if_none_match: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in if_none_match {
            headers.append(header::IF_NONE_MATCH, HeaderValue::from_str(value).unwrap());
        }
        ETag::new("a1").is_in(&headers)
    }

    #[test]
    fn every_form_of_the_tag_is_recognised() {
        for form in ["\"a1\"", "W/\"a1\"", "a1", "*", "\"b2\", \"a1\"", "\"b2\",W/\"a1\""] {
            assert!(asks(&[form]), "{form}");
        }
        assert!(asks(&["\"b2\"", "\"a1\""]));
    }

    #[test]
    fn other_tags_are_not() {
        for form in ["\"a\"", "\"a11\"", "", "\"b2\", \"c3\"", "a"] {
            assert!(!asks(&[form]), "{form}");
        }
        assert!(!asks(&[]));
    }

    #[test]
    fn parts_cannot_run_together() {
        assert_ne!(ETag::of(&[b"ab", b"c"]), ETag::of(&[b"a", b"bc"]));
    }
}
