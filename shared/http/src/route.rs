//! Where a function is mounted.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

/// Where API Gateway mounts a function: the single source of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path as API Gateway writes it. At most one parameter, last and greedy: `/a/b/{key+}`.
    pub path: &'static str,
    /// The form of its error bodies.
    pub errors: ErrorFormat,
}

/// The form of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFormat {
    /// RFC 9457, `application/problem+json`.
    Problem,
    /// OFREP 0.3.0 `evaluationFailure`.
    Ofrep,
}

impl Route {
    /// Whether the route serves this method and path.
    pub fn serves(&self, method: &Method, path: &str) -> bool {
        self.method == method.as_str() && self.is_at(path)
    }

    /// Whether the path is this route's, whatever the method.
    ///
    /// Tolerates doubled slashes (JavaScript clients concatenate a base URL that ends in one), a base path or stage in
    /// front, and a trailing slash.
    pub fn is_at(&self, path: &str) -> bool {
        match self.greedy_prefix() {
            Some(_) => self.raw_parameter(path).is_some(),
            None => strip_route(path, self.path).is_some_and(|rest| rest.bytes().all(|byte| byte == b'/')),
        }
    }

    /// The greedy parameter of the path, percent-decoded once.
    ///
    /// A key may hold `/`: some clients send it raw, others as `%2F`. A `%` that starts no escape stands for itself.
    /// Bytes that are not UTF-8 after decoding are replaced; no flag is named so.
    pub fn parameter<'p>(&self, path: &'p str) -> Option<Cow<'p, str>> {
        self.raw_parameter(path).map(|raw| percent_decode_str(raw).decode_utf8_lossy())
    }

    fn raw_parameter<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = strip_route(path, self.greedy_prefix()?)?;
        // One slash separates the prefix from the parameter; `strip_route` has consumed it with any doubles.
        Some(rest).filter(|raw| !raw.is_empty())
    }

    fn greedy_prefix(&self) -> Option<&'static str> {
        self.path.strip_suffix("+}").and_then(|path| path.rsplit_once('{')).map(|(prefix, _)| prefix)
    }
}

/// What follows `route` in `path`: the first place where the segments of `route` stand in a row, with any number of slashes
/// between them.
fn strip_route<'p>(path: &'p str, route: &str) -> Option<&'p str> {
    let starts = path.match_indices('/').map(|(at, _)| at);
    starts.filter_map(|at| path.get(at..)).find_map(|tail| strip_segments(tail, route))
}

fn strip_segments<'p>(path: &'p str, route: &str) -> Option<&'p str> {
    let mut rest = path;
    for segment in route.split('/').filter(|segment| !segment.is_empty()) {
        rest = rest.strip_prefix('/')?.trim_start_matches('/').strip_prefix(segment)?;
        if !(rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
    }
    if !route.ends_with('/') {
        return Some(rest);
    }
    rest.strip_prefix('/').map(|rest| rest.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAG: Route =
        Route { method: "POST", path: "/ofrep/v1/evaluate/flags/{key+}", errors: ErrorFormat::Ofrep };
    const FLAGS: Route =
        Route { method: "POST", path: "/ofrep/v1/evaluate/flags", errors: ErrorFormat::Ofrep };

    #[test]
    fn a_key_is_decoded_once_and_may_hold_slashes() {
        for (path, key) in [
            ("/ofrep/v1/evaluate/flags/a", "a"),
            ("/ofrep/v1/evaluate/flags/a%20b%2Fc", "a b/c"),
            ("/ofrep/v1/evaluate/flags/a/b", "a/b"),
            ("/ofrep/v1/evaluate/flags/a%2520b", "a%20b"),
            ("/ofrep/v1/evaluate/flags/100%", "100%"),
            ("/ofrep/v1/evaluate/flags/..", ".."),
            ("/ofrep/v1/evaluate/flags/x/ofrep/v1/evaluate/flags/y", "x/ofrep/v1/evaluate/flags/y"),
            ("//ofrep//v1/evaluate/flags/a", "a"),
            ("/prod/ofrep/v1/evaluate/flags/a", "a"),
        ] {
            assert_eq!(FLAG.parameter(path).as_deref(), Some(key), "{path}");
            assert!(!FLAGS.is_at(path), "{path}");
        }
    }

    #[test]
    fn the_bulk_path_takes_a_trailing_slash() {
        for path in ["/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/", "//ofrep/v1/evaluate/flags//"] {
            assert!(FLAGS.is_at(path), "{path}");
            assert!(!FLAG.is_at(path), "{path}");
        }
    }

    #[test]
    fn other_paths_are_other_routes() {
        for path in ["", "/", "/ofrep", "/ofrep/v1/evaluate/flagsx", "/xofrep/v1/evaluate/flags", "ofrep/v1"]
        {
            assert!(!FLAGS.is_at(path), "{path}");
            assert!(!FLAG.is_at(path), "{path}");
        }
    }
}
