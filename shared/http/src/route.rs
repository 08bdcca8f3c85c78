//! Where a function is mounted, and for whom.

use std::borrow::Cow;

use http::Method;
use pennon_domain::Role;
use percent_encoding::percent_decode_str;

/// Where API Gateway mounts a function and who may call it: the single source of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path as API Gateway writes it: `/a/{b}/{key+}`. A greedy parameter takes the rest of the path, so it is the last.
    pub path: &'static str,
    /// The form of its error bodies.
    pub errors: ErrorFormat,
    /// Who may call it.
    pub access: Access,
}

/// The form of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFormat {
    /// RFC 9457, `application/problem+json`.
    Problem,
    /// OFREP 0.3.0 `evaluationFailure`.
    Ofrep,
}

/// Who may call a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody: what a route has that does not say.
    Nobody,
    /// Everybody.
    Open,
    /// Whoever holds an SDK key. The handler checks it, since the key says which environment is asked for.
    SdkKey,
    /// Whoever has at least this role in the `{project}` of the path, or anywhere if the path has none. The edge checks it,
    /// before the handler runs.
    Role(Role),
}

impl Route {
    /// A route that nobody may call yet; errors are RFC 9457 problems.
    pub const fn new(method: &'static str, path: &'static str) -> Self {
        Self { method, path, errors: ErrorFormat::Problem, access: Access::Nobody }
    }

    /// Lets everybody call it.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { access: Access::Open, ..self }
    }

    /// Lets the holders of SDK keys call it: the handler has to check the key.
    #[must_use]
    pub const fn sdk_key(self) -> Self {
        Self { access: Access::SdkKey, ..self }
    }

    /// Lets those call it who have at least this role.
    #[must_use]
    pub const fn requires(self, role: Role) -> Self {
        Self { access: Access::Role(role), ..self }
    }

    /// Gives its errors the form of OFREP.
    #[must_use]
    pub const fn ofrep(self) -> Self {
        Self { errors: ErrorFormat::Ofrep, ..self }
    }

    /// Whether the route serves this method and path.
    pub fn serves(&self, method: &Method, path: &str) -> bool {
        self.method == method.as_str() && self.is_at(path)
    }

    /// Whether the path is this route's, whatever the method.
    ///
    /// Tolerates doubled slashes (JavaScript clients concatenate a base URL that ends in one), a base path or stage in
    /// front, and a trailing slash.
    pub fn is_at(&self, path: &str) -> bool {
        self.base(path).is_some()
    }

    /// How many bytes of a base path or stage stand in front of the route in this path; `None` if it is another's.
    pub fn base(&self, path: &str) -> Option<usize> {
        self.find(path, "").map(|(base, _)| base)
    }

    /// A parameter of the path, percent-decoded once: the value of `{name}` or `{name+}`.
    ///
    /// A greedy one may hold `/`: some clients send it raw, others as `%2F`. A `%` that starts no escape stands for itself.
    /// Bytes that are not UTF-8 after decoding are replaced; nothing is named so.
    pub fn parameter<'p>(&self, path: &'p str, name: &str) -> Option<Cow<'p, str>> {
        let (_, raw) = self.find(path, name)?;
        raw.map(|raw| percent_decode_str(raw).decode_utf8_lossy())
    }

    /// The first place where the segments of the route stand in a row, and the parameter of that name in it.
    fn find<'p>(&self, path: &'p str, name: &str) -> Option<(usize, Option<&'p str>)> {
        let mut starts = path.match_indices('/').map(|(at, _)| at);
        starts.find_map(|at| {
            let mut found = None;
            walk(path.get(at..)?, self.path, name, &mut found)?;
            Some((at, found))
        })
    }
}

/// Walks a path along a route, with any number of slashes between segments, and takes note of the parameter of that name.
/// `None` if the path is another's.
fn walk<'p>(path: &'p str, route: &str, name: &str, found: &mut Option<&'p str>) -> Option<()> {
    let mut rest = path;
    for segment in route.split('/').filter(|segment| !segment.is_empty()) {
        rest = rest.strip_prefix('/')?.trim_start_matches('/');
        let Some(parameter) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) else {
            rest = rest.strip_prefix(segment)?;
            if !(rest.is_empty() || rest.starts_with('/')) {
                return None;
            }
            continue;
        };
        let (parameter, end) = match parameter.strip_suffix('+') {
            Some(greedy) => (greedy, rest.len()),
            None => (parameter, rest.find('/').unwrap_or(rest.len())),
        };
        let (value, after) = rest.split_at_checked(end).filter(|(value, _)| !value.is_empty())?;
        if parameter == name {
            *found = Some(value);
        }
        rest = after;
    }
    rest.bytes().all(|byte| byte == b'/').then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAG: Route = Route::new("POST", "/ofrep/v1/evaluate/flags/{key+}");
    const FLAGS: Route = Route::new("POST", "/ofrep/v1/evaluate/flags");
    const MANAGED: Route =
        Route::new("GET", "/v1/projects/{project}/environments/{environment}/flags/{key+}");
    const PROJECT: Route = Route::new("GET", "/v1/projects/{project}");

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
            assert_eq!(FLAG.parameter(path, "key").as_deref(), Some(key), "{path}");
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

    #[test]
    fn every_parameter_is_found_by_its_name() {
        let path = "/live/v1/projects/shop/environments/pre%2Dprod/flags/a/b%20c";
        for (name, value) in [("project", "shop"), ("environment", "pre-prod"), ("key", "a/b c")] {
            assert_eq!(MANAGED.parameter(path, name).as_deref(), Some(value));
        }
        assert_eq!(MANAGED.parameter(path, "other"), None);
        assert_eq!(MANAGED.base(path), Some(5));
        for other in ["/v1/projects/shop/environments/prod/flags/", "/v1/projects//environments/prod/flags/a"]
        {
            assert!(!MANAGED.is_at(other), "{other}");
        }
    }

    #[test]
    fn the_first_place_counts_where_a_key_looks_like_a_route() {
        let path = "/v1/projects/shop/environments/prod/flags/v1/projects/blog/environments/dev/flags/a";
        assert_eq!(MANAGED.parameter(path, "project").as_deref(), Some("shop"));
        assert!(!PROJECT.is_at(path));
        let path = "/v1/projects/shop/environments/prod/flags/v1/projects/blog";
        assert_eq!((MANAGED.base(path), PROJECT.base(path)), (Some(0), Some(41)));
    }

    #[test]
    fn a_route_that_does_not_say_is_for_nobody() {
        assert_eq!(PROJECT.access, Access::Nobody);
        assert_eq!(PROJECT.requires(Role::Editor).access, Access::Role(Role::Editor));
    }
}
