//! The Lambda authorizer of an API Gateway REST API: what the gateway asks and what it is answered.

use std::{collections::BTreeMap, future::Future, process::ExitCode};

use lambda_http::{
    LambdaEvent,
    lambda_runtime::{Diagnostic, Runtime},
    service_fn,
};
use pennon_domain::{Principal, error_chain};
use serde::{Deserialize, Serialize};

use crate::{Error, edge::fault, metrics, process::Process};

/// The version of the policy language, not of the policy.
const POLICY_VERSION: &str = "2012-10-17";

/// What API Gateway asks a TOKEN authorizer.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerRequest {
    /// The `Authorization` header, the scheme included.
    pub authorization_token: String,
    /// What is about to be called: `arn:<partition>:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`.
    pub method_arn: String,
}

/// Who asks, and that they may call the API. What they may do there is for the function to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizerResponse {
    principal_id: String,
    policy_document: Policy,
    context: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    action: &'static str,
    resource: String,
}

/// Why nobody is let in. The gateway sees the variant's text alone; what caused it goes to the log, where the runtime writes
/// every error of a handler once.
#[derive(thiserror::Error)]
pub enum AuthorizerError {
    /// The token is not valid. The gateway answers 401 to exactly this text, and 500 to any other.
    #[error("Unauthorized")]
    Unauthorized(#[source] Cause),
    /// It cannot be told whether the token is valid.
    #[error("the token cannot be verified")]
    Failed(#[source] Cause),
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl AuthorizerResponse {
    /// Lets a principal call every method of the stage: the gateway remembers the answer for the token, not for the method.
    pub fn allow(principal: &Principal, method_arn: &str) -> Self {
        let statement =
            Statement { effect: "Allow", action: "execute-api:Invoke", resource: every_method(method_arn) };
        Self {
            principal_id: principal.subject().to_owned(),
            policy_document: Policy { version: POLICY_VERSION, statement: [statement] },
            context: principal.to_context(),
        }
    }

    /// What the gateway passes on to the functions.
    pub fn into_context(self) -> BTreeMap<String, String> {
        self.context
    }
}

impl std::fmt::Debug for AuthorizerRequest {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizerRequest").field("method_arn", &self.method_arn).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for AuthorizerError {
    /// With the causes: this is what the runtime logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&error_chain(self))
    }
}

impl From<AuthorizerError> for Diagnostic {
    fn from(error: AuthorizerError) -> Self {
        Self { error_type: "AuthorizerError".to_owned(), error_message: error.to_string() }
    }
}

/// Runs an authorizer: answers the gateway until the process is stopped. `open` gives its state, which is cloned for each
/// question; what it logs is not lost, since logging starts first. What goes wrong is logged, and the exit code says that something did.
pub async fn serve_authorizer<S, E, F>(
    open: impl AsyncFnOnce() -> Result<S, E>,
    handle: fn(S, AuthorizerRequest) -> F,
) -> ExitCode
where
    S: Clone + Send + Sync,
    E: Into<Error>,
    F: Future<Output = Result<AuthorizerResponse, AuthorizerError>> + Send,
{
    let Some(process) = Process::start(open).await else { return ExitCode::FAILURE };
    let state = process.state.clone();
    let answer = |event: LambdaEvent<AuthorizerRequest>| {
        let answer = handle(state.clone(), event.payload);
        async { counted(answer.await) }
    };
    process.run(Runtime::new(service_fn(answer))).await
}

fn counted<A>(answer: Result<A, AuthorizerError>) -> Result<A, AuthorizerError> {
    match &answer {
        Ok(_) => metrics::authorized(),
        Err(AuthorizerError::Unauthorized(_)) => metrics::unauthorized(),
        Err(AuthorizerError::Failed(_)) => {
            metrics::authorizer_failed();
            fault();
        }
    }
    answer
}

/// `arn:...:<api>/<stage>/*/*`. An ARN of another form is given back: it allows what was asked for and nothing else.
fn every_method(method_arn: &str) -> String {
    let mut parts = method_arn.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(api), Some(stage), Some(_)) => format!("{api}/{stage}/*/*"),
        _ => method_arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const METHOD: &str = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/v1/projects/shop";

    #[test]
    fn a_question_of_the_gateway_is_read() {
        let event = json!({ "type": "TOKEN", "authorizationToken": "Bearer a.b.c", "methodArn": METHOD });
        let request: AuthorizerRequest = serde_json::from_value(event).unwrap();
        assert_eq!(
            (request.authorization_token.as_str(), request.method_arn.as_str()),
            ("Bearer a.b.c", METHOD)
        );
        assert!(!format!("{request:?}").contains("a.b.c"));
    }

    #[test]
    fn an_answer_is_for_every_method_of_the_stage_and_names_the_principal() {
        let principal = Principal::new("ada", ["editor", "shop:admin"]);
        let answer = serde_json::to_value(AuthorizerResponse::allow(&principal, METHOD)).unwrap();
        assert_eq!(
            answer,
            json!({
                "principalId": "ada",
                "policyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{
                        "Effect": "Allow",
                        "Action": "execute-api:Invoke",
                        "Resource": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/*/*",
                    }],
                },
                "context": { "sub": "ada", "grants": "editor shop:admin" },
            })
        );
    }

    #[test]
    fn an_arn_that_names_no_stage_is_not_widened() {
        for arn in ["", "*", "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3", "a/b"] {
            assert_eq!(every_method(arn), arn);
        }
    }

    #[test]
    fn the_gateway_is_told_a_fixed_text_and_the_log_the_cause() {
        for (error, text) in [
            (AuthorizerError::Unauthorized("it has expired".into()), "Unauthorized"),
            (AuthorizerError::Failed("it has expired".into()), "the token cannot be verified"),
        ] {
            assert_eq!(format!("{error:?}"), format!("{text}: it has expired"));
            assert_eq!(Diagnostic::from(error).error_message, text);
        }
    }
}
