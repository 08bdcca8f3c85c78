//! Which function answers which method of which path.

use std::{collections::BTreeMap, num::NonZeroU32};

use bytes::Bytes;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use http_body_util::{Either, Full};
use pennon_template::{Limit, Route, Template, TemplateError};
use percent_encoding::percent_decode_str;

use super::answer::Response;
use crate::{Deployment, Function};

/// A function at its route.
#[derive(Debug)]
pub(super) struct Mount {
    pub(super) route: Route,
    pub(super) function: Function,
    segments: Vec<Segment>,
    throttle: Option<DefaultDirectRateLimiter>,
}

/// A part of a path. Those that say more come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    /// One or more segments, the last ones.
    Greedy(String),
}

/// Path parameters, decoded, in the order of the path.
pub(super) type Parameters = Vec<(String, String)>;

/// The routes, the most specific first, and what preflights are answered.
#[derive(Debug)]
pub(super) struct Routes {
    mounts: Vec<Mount>,
    cors: Vec<(&'static str, String)>,
}

impl Mount {
    /// Whether the throttle of the method lets one more pass.
    pub(super) fn admits(&self) -> bool {
        self.throttle.as_ref().is_none_or(|throttle| throttle.check().is_ok())
    }

    fn parameters(&self, path: &str) -> Option<Parameters> {
        let mut rest = path.strip_prefix('/');
        let mut parameters = Vec::new();
        for segment in &self.segments {
            let (part, behind) = match (segment, rest?) {
                (Segment::Greedy(_), rest) => (rest, None),
                (_, rest) => rest.split_once('/').map_or((rest, None), |(part, behind)| (part, Some(behind))),
            };
            rest = behind;
            match segment {
                Segment::Literal(literal) if literal != part => return None,
                Segment::Literal(_) => {}
                _ if part.is_empty() => return None,
                Segment::Parameter(name) | Segment::Greedy(name) => {
                    let decoded = percent_decode_str(part).decode_utf8_lossy().into_owned();
                    parameters.push((name.clone(), decoded));
                }
            }
        }
        rest.is_none().then_some(parameters)
    }
}

impl Routes {
    pub(super) fn read(
        deployment: &Deployment,
        deployed: &[pennon_template::Function],
        functions: &BTreeMap<String, Function>,
    ) -> Result<Self, TemplateError> {
        let throttles = deployment.template.throttles()?;
        let mount = |deployed: &pennon_template::Function| {
            let route = deployed.route.clone()?;
            let limit = throttles.limit(&route.method, &route.path).filter(|_| deployment.throttles);
            Some(Mount {
                segments: route.path.trim_start_matches('/').split('/').map(Segment::parse).collect(),
                function: functions.get(&deployed.name)?.clone(),
                throttle: limit.and_then(throttle),
                route,
            })
        };
        let mut mounts: Vec<_> = deployed.iter().filter_map(mount).collect();
        mounts.sort_by(|one, other| one.segments.cmp(&other.segments));
        Ok(Self { mounts, cors: cors(&deployment.template) })
    }

    pub(super) fn find(&self, method: &str, path: &str) -> Option<(&Mount, Parameters)> {
        let mut mounts = self.mounts.iter().filter(|mount| mount.route.method == method);
        mounts.find_map(|mount| Some((mount, mount.parameters(path)?)))
    }

    /// The answer to `OPTIONS` of a path that some method has.
    pub(super) fn preflight(&self, path: &str) -> Option<Response> {
        self.mounts.iter().find(|mount| mount.parameters(path).is_some())?;
        let mut response = http::Response::builder();
        for (name, value) in &self.cors {
            response = response.header(*name, value);
        }
        response.body(Either::Left(Full::new(Bytes::new()))).ok()
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        let Some(name) = text.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            return Self::Literal(text.to_owned());
        };
        match name.strip_suffix('+') {
            Some(name) => Self::Greedy(name.to_owned()),
            None => Self::Parameter(name.to_owned()),
        }
    }
}

/// A bucket that is full at first. A limit of nothing is none: it would have to be a refusal.
fn throttle(limit: Limit) -> Option<DefaultDirectRateLimiter> {
    let burst = NonZeroU32::new(limit.burst)?;
    let period = std::time::Duration::try_from_secs_f64(1.0 / limit.rate).ok()?;
    Some(RateLimiter::direct(Quota::with_period(period)?.allow_burst(burst)))
}

/// The headers that the `Cors` property of the API stands for.
fn cors(template: &Template) -> Vec<(&'static str, String)> {
    let api = template.resources("AWS::Serverless::Api").next();
    let Some(cors) = api.and_then(|(_, api)| api.get("Cors")) else { return Vec::new() };
    let names = [
        ("access-control-allow-origin", "AllowOrigin"),
        ("access-control-allow-methods", "AllowMethods"),
        ("access-control-allow-headers", "AllowHeaders"),
        ("access-control-max-age", "MaxAge"),
    ];
    let value = |member| Some(cors.get(member)?.as_str()?.trim_matches('\'').to_owned());
    names.into_iter().filter_map(|(header, member)| Some((header, value(member)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let deployment = Deployment::ours("/nowhere").unwrap();
        let deployed = deployment.template.functions().unwrap();
        let functions: BTreeMap<_, _> =
            deployed.iter().map(|function| (function.name.clone(), deployment.function(function))).collect();
        Routes::read(&deployment, &deployed, &functions).unwrap()
    }

    fn found(method: &str, path: &str) -> Option<(String, Vec<String>)> {
        let routes = routes();
        let (mount, parameters) = routes.find(method, path)?;
        Some((mount.function.name().to_owned(), parameters.into_iter().map(|(_, value)| value).collect()))
    }

    #[test]
    fn the_template_says_who_answers() {
        let name = |method, path| found(method, path).map(|(name, _)| name);
        assert_eq!(name("POST", "/ofrep/v1/evaluate/flags").as_deref(), Some("evaluate-flags"));
        assert_eq!(name("GET", "/ofrep/v1/evaluate/flags"), None);
        assert_eq!(name("POST", "/ofrep/v1/evaluate/flags/"), None);
        assert_eq!(name("GET", "/v1/projects").as_deref(), Some("list-projects"));
        assert_eq!(name("GET", "/v1/projects/"), None);
        assert_eq!(name("GET", "/nothing/here"), None);
    }

    #[test]
    fn parameters_are_decoded_and_the_last_may_hold_slashes() {
        let path = "/v1/projects/demo/environments/local/flags/a%20b/%C3%BC";
        let expected = ["demo", "local", "a b/ü"].map(str::to_owned).to_vec();
        assert_eq!(found("PUT", path), Some(("put-flag".into(), expected)));
        let single = found("POST", "/ofrep/v1/evaluate/flags/a/b%2Fc");
        assert_eq!(single, Some(("evaluate-flag".into(), vec!["a/b/c".into()])));
    }

    #[test]
    fn a_path_that_has_any_method_has_a_preflight() {
        let answer = routes().preflight("/v1/projects/demo").unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["access-control-max-age"], "86400");
        assert!(routes().preflight("/nothing").is_none());
    }
}
