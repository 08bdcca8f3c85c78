//! Access tokens from real issuers on the loopback interface: whether what the field's servers sign and publish opens the
//! management API, at `pennon-local` and at the gateway's authorizer.
//!
//! What is refused, and how keys are remembered, is tested in `pennon-auth` with an issuer that can be made to fail.

mod issuer;
mod mock;
mod provider;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pennon_auth::{Authenticator, Config};
use pennon_domain::{Clock, Principal, SystemClock};
use pennon_http::{AuthorizerError, AuthorizerRequest};
use pennon_test_support::ManualClock;
use serde_json::Value;

use self::issuer::Issuer;
use crate::support::{LocalServer, Start, send};

/// A server that takes the tokens of that issuer.
fn server_of(issuer: &Issuer) -> LocalServer {
    Start::new().variable("OIDC_ISSUER", &issuer.url).variable("OIDC_AUDIENCE", "pennon").serve()
}

/// How the server answers who lists the projects, and who changes one.
async fn opens(server: &LocalServer, token: &str) -> (u16, u16) {
    let list = send(server.request("GET", "/v1/projects").bearer_auth(token)).await;
    let put = server.request("PUT", "/v1/projects/demo").bearer_auth(token).header("if-match", "*");
    let put = send(put.header("content-type", "application/json").body(r#"{"name":"Demo"}"#)).await;
    (list.status, put.status)
}

/// What the gateway passes on to the functions for that token.
async fn authorized(issuer: &Issuer, token: &str) -> Result<Option<Principal>, AuthorizerError> {
    let config = Config::new(&issuer.url, "pennon");
    let authenticator = Authenticator::new(config, Arc::new(SystemClock)).expect("an issuer on this machine");
    let request = AuthorizerRequest {
        authorization_token: format!("Bearer {token}"),
        method_arn: "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/v1/projects".to_owned(),
    };
    let answer = authorize::handle(authenticator, request).await?;
    let answer = serde_json::to_value(answer).expect("JSON");
    let context: BTreeMap<String, String> =
        serde_json::from_value(answer["context"].clone()).expect("texts, as the gateway demands");
    Ok(Principal::from_context(&context))
}
