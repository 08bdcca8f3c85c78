//! oauth2-mock-server: RS256, and an issuer named `localhost`.

use serde_json::json;

use super::*;

/// A token with those claims instead of the server's own; `null` leaves one out.
async fn token(issuer: &Issuer, claims: &Value) -> String {
    issuer.token(&[("aud", "pennon"), ("claims", &claims.to_string())]).await
}

async fn token_of(issuer: &Issuer, grants: &[&str]) -> String {
    token(issuer, &json!({ "sub": "ada", "pennon_roles": grants })).await
}

#[tokio::test]
async fn its_tokens_open_what_their_roles_allow() {
    let issuer = Issuer::mock();
    let server = server_of(&issuer);
    for (grants, expected) in [
        (&["admin"][..], (200, 200)),
        (&["demo:admin"], (200, 200)),
        (&["viewer"], (200, 403)),
        (&["editor", "blog:admin"], (200, 403)),
        (&[], (403, 403)),
        (&["root"], (403, 403)),
    ] {
        let token = token_of(&issuer, grants).await;
        assert_eq!(opens(&server, &token).await, expected, "{grants:?}");
        let passed_on = authorized(&issuer, &token).await.unwrap();
        assert_eq!(passed_on, Some(Principal::new("ada", grants.iter().copied())), "{grants:?}");
    }
}

#[tokio::test]
async fn what_it_signs_for_others_or_another_time_opens_nothing() {
    let issuer = Issuer::mock();
    let server = server_of(&issuer);
    let now = SystemClock.now().as_secs();
    for changed in [
        json!({ "aud": "other" }),
        json!({ "aud": null }),
        json!({ "iss": "http://localhost:1" }),
        json!({ "exp": now - 61 }),
        json!({ "exp": null }),
        json!({ "exp": (now + 60).to_string() }),
        json!({ "nbf": now + 90 }),
        json!({ "sub": null }),
    ] {
        let mut claims = json!({ "sub": "ada", "pennon_roles": ["admin"] });
        claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let token = token(&issuer, &claims).await;
        assert_eq!(opens(&server, &token).await, (401, 401), "{changed}");
        let refused = authorized(&issuer, &token).await;
        assert!(matches!(refused, Err(AuthorizerError::Unauthorized(_))), "{changed}: {refused:?}");
    }
    let valid = token_of(&issuer, &["admin"]).await;
    let (message, _) = valid.rsplit_once('.').unwrap();
    for no_token in ["", "a.b.c", message, &format!("{message}."), &server.key] {
        assert_eq!(opens(&server, no_token).await, (401, 401), "{no_token}");
    }
    assert_eq!(opens(&server, &valid).await, (200, 200));
}

#[tokio::test]
async fn tokens_of_another_issuer_open_nothing() {
    let (issuer, other) = (Issuer::mock(), Issuer::mock());
    let server = server_of(&issuer);
    let claims = json!({ "iss": issuer.url, "sub": "eve", "pennon_roles": ["admin"] });
    assert_eq!(opens(&server, &token(&other, &claims).await).await, (401, 401));
}

#[tokio::test]
async fn the_claim_that_holds_the_roles_can_be_named() {
    let issuer = Issuer::mock();
    let server = Start::new()
        .variable("OIDC_ISSUER", &issuer.url)
        .variable("OIDC_AUDIENCE", "pennon")
        .variable("ROLES_CLAIM", "/realm_access/roles")
        .serve();
    let claims = json!({ "sub": "ada", "realm_access": { "roles": ["viewer"] }, "pennon_roles": ["admin"] });
    assert_eq!(opens(&server, &token(&issuer, &claims).await).await, (200, 403));
}

#[tokio::test]
async fn a_new_key_is_taken_within_a_minute() {
    let mut issuer = Issuer::mock();
    let clock = ManualClock::at(SystemClock.now());
    let config = Config::new(&issuer.url, "pennon");
    let authenticator = Authenticator::new(config, Arc::new(clock.clone())).unwrap();
    let old = token_of(&issuer, &["admin"]).await;
    assert!(authenticator.principal(&old).await.is_ok());

    issuer.rotate();
    let new = token_of(&issuer, &["admin"]).await;
    assert!(authenticator.principal(&new).await.is_err());
    clock.advance(Duration::from_mins(1));
    assert!(authenticator.principal(&new).await.is_ok());
    assert!(authenticator.principal(&old).await.is_ok());
}

#[tokio::test]
async fn whoever_knows_its_keys_goes_on_when_it_stops() {
    let mut issuer = Issuer::mock();
    let server = server_of(&issuer);
    let token = token_of(&issuer, &["admin"]).await;
    issuer.stop();
    // It fetched the keys when it started.
    assert_eq!(opens(&server, &token).await, (200, 200));
    let failed = authorized(&issuer, &token).await;
    assert!(matches!(failed, Err(AuthorizerError::Failed(_))), "{failed:?}");
}
