//! The authorizer of the management API: says to the gateway who holds an access token. It has no route of its own.

use pennon_auth::{AuthError, Authenticator, bearer_token};
use pennon_http::{AuthorizerError, AuthorizerRequest, AuthorizerResponse};

/// Lets in whoever holds a valid token, and passes on who they are and with which grants.
pub async fn handle(
    authenticator: Authenticator,
    request: AuthorizerRequest,
) -> Result<AuthorizerResponse, AuthorizerError> {
    let token = bearer_token(&request.authorization_token)
        .ok_or_else(|| AuthorizerError::Unauthorized("the credentials are no bearer token".into()))?;
    match authenticator.principal(token).await {
        Ok(principal) => Ok(AuthorizerResponse::allow(&principal, &request.method_arn)),
        Err(AuthError::Invalid(reason)) => Err(AuthorizerError::Unauthorized(reason.into())),
        Err(error @ AuthError::Unavailable { .. }) => Err(AuthorizerError::Failed(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pennon_auth::{Config, SigningKey};
    use pennon_domain::{Principal, SystemClock};
    use serde_json::{Value, json};

    use super::*;

    const METHOD: &str = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/v1/projects";

    async fn answer(authenticator: &Authenticator, authorization: &str) -> Result<Value, AuthorizerError> {
        let request = AuthorizerRequest {
            authorization_token: authorization.to_owned(),
            method_arn: METHOD.to_owned(),
        };
        let answer = handle(authenticator.clone(), request).await?;
        Ok(serde_json::to_value(answer).unwrap())
    }

    fn issuer() -> (SigningKey, Authenticator) {
        let key = SigningKey::generate().unwrap();
        let config = Config::new("https://id.example", "pennon");
        let authenticator = Authenticator::with_keys(config, key.key_set(), Arc::new(SystemClock));
        (key, authenticator)
    }

    fn token(key: &SigningKey, audience: &str) -> String {
        let claims = json!({
            "iss": "https://id.example", "aud": audience, "sub": "ada", "exp": 4_000_000_000_u64,
            "pennon_roles": ["viewer", "shop:admin"],
        });
        key.sign(&claims).unwrap()
    }

    #[tokio::test]
    async fn who_holds_a_valid_token_is_passed_on() {
        let (key, authenticator) = issuer();
        for scheme in ["Bearer", "bearer"] {
            let authorization = format!("{scheme} {}", token(&key, "pennon"));
            let answer = answer(&authenticator, &authorization).await.unwrap();
            assert_eq!(answer["principalId"], "ada");
            let allowed = &answer["policyDocument"]["Statement"][0]["Resource"];
            assert_eq!(allowed, "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/*/*");
            let context = serde_json::from_value(answer["context"].clone()).unwrap();
            let expected = Principal::new("ada", ["viewer", "shop:admin"]);
            assert_eq!(Principal::from_context(&context), Some(expected));
        }
    }

    #[tokio::test]
    async fn whatever_is_wrong_with_a_token_looks_the_same() {
        let (key, authenticator) = issuer();
        let valid = token(&key, "pennon");
        let other_key = token(&SigningKey::generate().unwrap(), "pennon");
        let other_audience = token(&key, "other");
        for authorization in [
            "",
            "Bearer",
            "Bearer pnn_demo.local_dev_x",
            &valid,
            &format!("Basic {valid}"),
            &format!("Bearer {valid}x"),
            &format!("Bearer {other_key}"),
            &format!("Bearer {other_audience}"),
        ] {
            let refused = answer(&authenticator, authorization).await.unwrap_err();
            assert!(matches!(refused, AuthorizerError::Unauthorized(_)), "{authorization}");
        }
    }

    #[tokio::test]
    async fn an_issuer_that_does_not_answer_is_not_the_callers_fault() {
        // Port 1 is nobody's.
        let config = Config::new("http://127.0.0.1:1", "pennon");
        let authenticator = Authenticator::new(config, Arc::new(SystemClock)).unwrap();
        let (key, _) = issuer();
        let authorization = format!("Bearer {}", token(&key, "pennon"));
        let failed = answer(&authenticator, &authorization).await.unwrap_err();
        assert!(matches!(failed, AuthorizerError::Failed(_)), "{failed:?}");
    }
}
