//! oidc-provider: ES256 and EdDSA, and access tokens by RFC 9068.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;

async fn token(issuer: &Issuer, role: &str, algorithm: &str) -> String {
    let resource = format!("urn:pennon:{algorithm}");
    let token = issuer
        .token(&[("client_id", role), ("client_secret", "secret"), ("resource", resource.as_str())])
        .await;
    assert_eq!(algorithm_of(&token), algorithm);
    token
}

fn algorithm_of(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).expect("a header");
    let header: Value = serde_json::from_slice(&header).expect("a header of JSON");
    header["alg"].as_str().expect("an algorithm").to_owned()
}

#[tokio::test]
async fn its_tokens_open_what_their_roles_allow() {
    let issuer = Issuer::provider();
    let server = server_of(&issuer);
    for algorithm in ["ES256", "EdDSA"] {
        for (role, expected) in [("viewer", (200, 403)), ("editor", (200, 403)), ("admin", (200, 200))] {
            let token = token(&issuer, role, algorithm).await;
            assert_eq!(opens(&server, &token).await, expected, "{role} by {algorithm}");
            let passed_on = authorized(&issuer, &token).await.unwrap();
            assert_eq!(passed_on, Some(Principal::new(role, [role])), "{role} by {algorithm}");
        }
    }
}

#[tokio::test]
async fn a_token_that_was_changed_opens_nothing() {
    let issuer = Issuer::provider();
    let server = server_of(&issuer);
    for algorithm in ["ES256", "EdDSA"] {
        let (viewer, admin) =
            (token(&issuer, "viewer", algorithm).await, token(&issuer, "admin", algorithm).await);
        let part = |token: &str, number| token.split('.').nth(number).unwrap_or_default().to_owned();
        let mixed = format!("{}.{}.{}", part(&viewer, 0), part(&admin, 1), part(&viewer, 2));
        assert_eq!(opens(&server, &mixed).await, (401, 401), "{algorithm}");
        assert_eq!(opens(&server, &admin).await, (200, 200), "{algorithm}");
    }
}
