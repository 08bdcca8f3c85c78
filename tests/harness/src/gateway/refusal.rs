//! What the gateway answers by itself, in the words of the template's gateway responses.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{Either, Full};
use pennon_template::{GatewayResponse, Template, TemplateError};

use super::answer::Response;

/// Why a request got no answer of a function. Names, statuses and messages are those of the API Gateway developer guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The body ended early.
    BadRequest,
    /// There is no such method of such a path.
    NoSuchRoute,
    /// The token is missing or refused.
    Unauthorized,
    /// The authorizer's policy does not allow it.
    AccessDenied,
    /// The authorizer failed.
    AuthorizerFailure,
    /// The method was called too often.
    Throttled,
    /// Ten megabytes for the gateway, six for the function.
    TooLarge,
    /// The function could not be called: its concurrency is reached.
    IntegrationFailure,
    /// The function failed, or answered something else than a response.
    BadAnswer,
    /// The function took longer than the gateway waits.
    IntegrationTimeout,
}

impl Refusal {
    /// The kind of response, its status unless the template says another, and its message.
    fn terms(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadRequest => ("BAD_REQUEST_BODY", StatusCode::BAD_REQUEST, "Invalid request body"),
            Self::NoSuchRoute => {
                ("MISSING_AUTHENTICATION_TOKEN", StatusCode::FORBIDDEN, "Missing Authentication Token")
            }
            Self::Unauthorized => ("UNAUTHORIZED", StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::AccessDenied => {
                ("ACCESS_DENIED", StatusCode::FORBIDDEN, "User is not authorized to access this resource")
            }
            Self::AuthorizerFailure => ("AUTHORIZER_FAILURE", StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
            Self::Throttled => ("THROTTLED", StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::TooLarge => ("REQUEST_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"),
            Self::IntegrationFailure => ("INTEGRATION_FAILURE", StatusCode::INTERNAL_SERVER_ERROR, INTERNAL),
            Self::BadAnswer => (DEFAULT_5XX, StatusCode::BAD_GATEWAY, INTERNAL),
            Self::IntegrationTimeout => {
                ("INTEGRATION_TIMEOUT", StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out")
            }
        }
    }
}

const INTERNAL: &str = "Internal server error";
const DEFAULT_4XX: &str = "DEFAULT_4XX";
const DEFAULT_5XX: &str = "DEFAULT_5XX";

/// The template's gateway responses.
#[derive(Debug)]
pub(super) struct Refusals(BTreeMap<String, GatewayResponse>);

impl Refusals {
    pub(super) fn read(template: &Template) -> Result<Self, TemplateError> {
        let api = template.resources("AWS::Serverless::Api").next();
        let responses = api.and_then(|(_, api)| api.get("GatewayResponses")?.as_object());
        let names = responses.into_iter().flat_map(|responses| responses.keys());
        let read = names.map(|name| Ok((name.clone(), template.gateway_response(name)?)));
        read.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn response(&self, refusal: Refusal, request_id: &str) -> Response {
        let (name, status, message) = refusal.terms();
        let default = if status.is_server_error() { DEFAULT_5XX } else { DEFAULT_4XX };
        let Some(said) = self.0.get(name).or_else(|| self.0.get(default)) else {
            return plain(status, message);
        };
        let status = said.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(status);
        let mut response = http::Response::builder().status(status);
        for (name, value) in &said.headers {
            response = response.header(name, value);
        }
        let body = Full::new(Bytes::from(said.body(request_id, message)));
        response.body(Either::Left(body)).unwrap_or_else(|_| plain(status, message))
    }
}

/// As a gateway answers without a template.
fn plain(status: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({ "message": message }).to_string();
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    response
}
