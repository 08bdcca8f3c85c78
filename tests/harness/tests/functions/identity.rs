//! The authorizer, against an issuer of tokens.

use lambda_harness::{Failure, Function};
use serde_json::{Value, json};

use crate::support::{Issuer, function};

const METHOD: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/GET/v1/projects";

fn authorizer(issuer: &str) -> Function {
    let builder = function("authorize", "http://127.0.0.1:1");
    builder.variable("OIDC_ISSUER", issuer).variable("OIDC_AUDIENCE", "pennon").build()
}

async fn ask(authorizer: &Function, token: &str) -> Result<Value, Failure> {
    let event =
        json!({ "type": "TOKEN", "authorizationToken": format!("Bearer {token}"), "methodArn": METHOD });
    let answer = authorizer.invoke(event.to_string()).await?;
    Ok(serde_json::from_slice(&answer.payload).unwrap())
}

#[tokio::test]
async fn who_holds_a_token_of_the_issuer_is_passed_on() {
    let issuer = Issuer::start().await;
    let authorizer = authorizer(&issuer.url);
    for _ in 0..2 {
        let answer = ask(&authorizer, &issuer.token("pennon", "shop:editor")).await.unwrap();
        assert_eq!(answer["principalId"], "ada");
        assert!(answer["context"]["grants"].as_str().unwrap().contains("shop:editor"), "{answer}");
        let statement = &answer["policyDocument"]["Statement"][0];
        assert_eq!(
            (&statement["Effect"], statement["Resource"].as_str().unwrap()),
            (&json!("Allow"), "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/live/*/*")
        );
    }
}

#[tokio::test]
async fn other_tokens_are_refused_and_none_is_in_the_log() {
    let issuer = Issuer::start().await;
    let other = Issuer::start().await;
    let authorizer = authorizer(&issuer.url);
    let valid = issuer.token("pennon", "admin");
    let tokens = [issuer.token("others", "admin"), other.token("pennon", "admin"), format!("{valid}x")];
    for token in &tokens {
        let refused = ask(&authorizer, token).await.unwrap_err();
        assert!(
            matches!(&refused, Failure::Function { message, .. } if message == "Unauthorized"),
            "{refused}"
        );
    }
    ask(&authorizer, &valid).await.unwrap();
    let logs = authorizer.logs();
    for token in tokens.iter().chain([&valid]) {
        let signature = token.rsplit('.').next().unwrap();
        assert!(!logs.contains(signature.trim_end_matches('x')), "{logs}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_away_is_no_refusal() {
    let issuer = Issuer::start().await;
    let token = issuer.token("pennon", "admin");
    let url = issuer.url.clone();
    drop(issuer);
    let failed = ask(&authorizer(&url), &token).await.unwrap_err();
    assert!(matches!(&failed, Failure::Function { message, .. } if message != "Unauthorized"), "{failed}");
}
