//! What template.yaml lets callers ask, and what the gateway answers to those who ask for more.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, StatusCode};
use pennon_http::{Access, Body, Request, Response, Route};
use pennon_template::{GatewayResponse, Template, TemplateError};

use crate::throttle::{Clients, Throttle};

/// Where the gateway looks for its own API keys.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The limits of every route, and of the clients of the usage plan.
pub(crate) struct Limits {
    methods: BTreeMap<(&'static str, &'static str), Throttle>,
    clients: Clients,
    too_many: GatewayResponse,
    other_4xx: GatewayResponse,
}

impl Limits {
    /// The limits that the template has for those routes, and for clients with those keys.
    pub(crate) fn new<'r>(
        template: &Template,
        routes: impl Iterator<Item = &'r Route>,
        client_keys: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, TemplateError> {
        let throttles = template.throttles()?;
        let method = |route: &Route| {
            let limit = throttles.limit(route.method, route.path)?;
            Some(((route.method, route.path), Throttle::new(limit)))
        };
        Ok(Self {
            methods: routes.filter_map(method).collect(),
            clients: Clients::new(client_keys, template.client_limit()?),
            too_many: template.gateway_response("THROTTLED")?,
            other_4xx: template.gateway_response("DEFAULT_4XX")?,
        })
    }

    /// What the gateway answers, if it does not let the request through.
    ///
    /// A client's own limit counts first, as on AWS: what it refuses takes nothing from the limit that all share.
    pub(crate) fn refuse(&self, route: &Route, request: &Request) -> Option<Response> {
        let too_many = || answer(&self.too_many, StatusCode::TOO_MANY_REQUESTS, request, "Too Many Requests");
        if route.access == Access::SdkKey && !self.clients.is_empty() {
            let Some(client) = request.header(API_KEY).and_then(|key| self.clients.get(key)) else {
                return Some(answer(&self.other_4xx, StatusCode::FORBIDDEN, request, "Forbidden"));
            };
            if !client.admits() {
                return Some(too_many());
            }
        }
        let throttle = self.methods.get(&(route.method, route.path))?;
        (!throttle.admits()).then(too_many)
    }
}

/// The gateway's answer; `status` and `message` are its own, for what the template does not say.
fn answer(response: &GatewayResponse, status: StatusCode, request: &Request, message: &str) -> Response {
    let mut answer = Response::new(Body::from(response.body(&request.id, message)));
    *answer.status_mut() =
        response.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(status);
    for (name, value) in &response.headers {
        // Both come from our own template, and a test reads them back.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
