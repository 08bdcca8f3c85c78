//! How keys are fetched and remembered, from an issuer on the loopback interface.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pennon_domain::Principal;
use serde_json::{Value, json};

use crate::{
    AuthError, Authenticator, Config, FetchError, InvalidToken, InvalidUrl,
    testing::{Issuer, ManualClock, Reply, TestKey, claims},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// An issuer with one key, and who verifies its tokens.
struct Lab {
    issuer: Issuer,
    key: TestKey,
    clock: ManualClock,
    authenticator: Authenticator,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Taken,
    Unknown,
    Unavailable,
}

impl Lab {
    async fn new() -> Self {
        let (key, clock) = (TestKey::ed25519(), ManualClock::new());
        let issuer = Issuer::with_keys(&[key.jwk("old")]).await;
        let config = Config::new(&issuer.url, "pennon");
        let authenticator = Authenticator::new(config, Arc::new(clock.clone())).unwrap();
        Self { issuer, key, clock, authenticator }
    }

    /// As [`Lab::new`], and the keys were fetched.
    async fn warm() -> Self {
        let lab = Self::new().await;
        assert_eq!(lab.show("old").await, Seen::Taken);
        lab.issuer.requests();
        lab
    }

    async fn principal(&self, kid: &str) -> Result<Principal, AuthError> {
        let valid = claims(&self.issuer.url, "", Value::Null);
        self.authenticator.principal(&self.key.token(kid, &valid)).await
    }

    /// Shows a token signed by the key of that name.
    async fn show(&self, kid: &str) -> Seen {
        match self.principal(kid).await {
            Ok(_) => Seen::Taken,
            Err(AuthError::Invalid(InvalidToken::UnknownKey)) => Seen::Unknown,
            Err(AuthError::Unavailable { .. }) => Seen::Unavailable,
            Err(error) => panic!("{error}"),
        }
    }

    /// Why the keys cannot be fetched.
    async fn failure(&self) -> FetchError {
        match self.principal("old").await {
            Err(AuthError::Unavailable { source: Some(error) }) => error,
            other => panic!("{other:?}"),
        }
    }

    fn requests(&self) -> usize {
        self.issuer.requests().len()
    }

    fn fail(&self) {
        self.issuer.answer_with(Reply::Status(503, String::new()));
    }
}

#[tokio::test]
async fn keys_are_found_by_discovery_and_remembered() {
    let lab = Lab::new().await;
    for _ in 0..10 {
        assert_eq!(lab.show("old").await, Seen::Taken);
    }
    assert_eq!(lab.issuer.requests(), [DISCOVERY, "/keys"]);
}

#[tokio::test]
async fn keys_may_be_named_instead_of_discovered() {
    let lab = Lab::new().await;
    let jwks_uri = Some(format!("{}/elsewhere", lab.issuer.url));
    let config = Config { jwks_uri, ..Config::new(&lab.issuer.url, "pennon") };
    let authenticator = Authenticator::new(config, Arc::new(lab.clock.clone())).unwrap();
    authenticator.prefetch().await.unwrap();
    assert_eq!(lab.issuer.requests(), ["/elsewhere"]);
}

#[tokio::test]
async fn keys_that_were_prefetched_are_not_fetched_again() {
    let lab = Lab::new().await;
    lab.authenticator.prefetch().await.unwrap();
    assert_eq!(lab.requests(), 2);
    assert_eq!(lab.show("old").await, Seen::Taken);
    assert_eq!(lab.requests(), 0);
}

#[tokio::test]
async fn a_new_key_is_taken_within_a_minute() {
    let lab = Lab::warm().await;
    lab.issuer.publish(&[lab.key.jwk("old"), lab.key.jwk("new")]);
    lab.clock.advance(59);
    assert_eq!((lab.show("new").await, lab.requests()), (Seen::Unknown, 0));
    lab.clock.advance(1);
    assert_eq!((lab.show("new").await, lab.requests()), (Seen::Taken, 2));
    assert_eq!((lab.show("old").await, lab.requests()), (Seen::Taken, 0));
}

#[tokio::test]
async fn a_withdrawn_key_is_taken_for_five_minutes() {
    let lab = Lab::warm().await;
    lab.issuer.publish(&[lab.key.jwk("new")]);
    lab.clock.advance(299);
    assert_eq!(lab.show("old").await, Seen::Taken);
    lab.clock.advance(1);
    assert_eq!(lab.show("old").await, Seen::Unknown);
}

#[tokio::test]
async fn whoever_invents_key_names_causes_one_fetch_a_minute() {
    let lab = Lab::warm().await;
    lab.clock.advance(60);
    for invented in 0..50 {
        assert_eq!(lab.show(&format!("invented-{invented}")).await, Seen::Unknown);
    }
    assert_eq!(lab.requests(), 2);
    lab.fail();
    lab.clock.advance(60);
    for invented in 0..50 {
        assert_eq!(lab.show(&format!("invented-{invented}")).await, Seen::Unavailable);
        assert_eq!(lab.show("old").await, Seen::Taken);
    }
    assert_eq!(lab.requests(), 2);
}

#[tokio::test]
async fn requests_at_the_same_time_fetch_once() {
    let lab = Arc::new(Lab::new().await);
    let mut shown = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let lab = Arc::clone(&lab);
        shown.spawn(async move { lab.show("old").await });
    }
    assert!(shown.join_all().await.iter().all(|seen| *seen == Seen::Taken));
    assert_eq!(lab.requests(), 2);
}

#[tokio::test]
async fn keys_last_an_hour_while_the_issuer_is_down() {
    let lab = Lab::warm().await;
    lab.fail();
    for _ in 0..59 {
        lab.clock.advance(60);
        assert_eq!(lab.show("old").await, Seen::Taken);
    }
    // From the sixth minute on, one attempt each.
    assert_eq!(lab.requests(), 55 * 2);
    lab.clock.advance(59);
    assert_eq!(lab.show("old").await, Seen::Taken);
    lab.clock.advance(1);
    assert_eq!(lab.show("old").await, Seen::Unavailable);
}

#[tokio::test]
async fn who_has_no_keys_yet_tries_again_soon() {
    let lab = Lab::new().await;
    lab.fail();
    assert_eq!((lab.show("old").await, lab.requests()), (Seen::Unavailable, 2));
    assert_eq!((lab.show("old").await, lab.requests()), (Seen::Unavailable, 0));
    lab.issuer.publish(&[lab.key.jwk("old")]);
    lab.clock.advance(1);
    assert_eq!(lab.show("old").await, Seen::Taken);
}

#[tokio::test]
async fn an_issuer_that_says_nothing_costs_a_second_and_a_half() {
    for reply in [Reply::Silence, Reply::HalfAnAnswer] {
        let lab = Lab::new().await;
        lab.issuer.answer_with(reply);
        let begun = Instant::now();
        assert!(matches!(lab.failure().await, FetchError::Timeout));
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_millis(1_450), "{waited:?}");
        assert!(waited < Duration::from_millis(2_500), "{waited:?}");
    }
}

#[tokio::test]
async fn only_200_is_an_answer_and_nobody_is_sent_elsewhere() {
    let lab = Lab::new().await;
    let keys = format!("{}/moved", lab.issuer.url);
    for (status, headers) in [
        (500, String::new()),
        (404, String::new()),
        (204, String::new()),
        (302, format!("location: {keys}\r\n")),
    ] {
        lab.issuer.answer_with(Reply::Status(status, headers));
        let failure = lab.failure().await;
        assert!(matches!(failure, FetchError::Status(found) if found == status), "{failure}");
        assert_eq!(lab.issuer.requests(), [DISCOVERY, "/keys"]);
        lab.clock.advance(1);
    }
}

#[tokio::test]
async fn an_answer_has_at_most_150_kib() {
    let lab = Lab::new().await;
    let padded = |length: usize| {
        Reply::Json(json!({ "keys": [lab.key.jwk("old")], "padding": "a".repeat(length * 1024) }).to_string())
    };
    lab.issuer.answer_with(padded(150));
    assert!(matches!(lab.failure().await, FetchError::Body(_)));
    lab.issuer.answer_with(padded(149));
    lab.clock.advance(1);
    assert_eq!(lab.show("old").await, Seen::Taken);
}

#[tokio::test]
async fn what_is_no_key_set_is_a_failure_and_not_an_empty_one() {
    let lab = Lab::warm().await;
    lab.issuer.answer_with(Reply::Json("<html>down for maintenance</html>".to_owned()));
    lab.clock.advance(300);
    assert_eq!(lab.show("old").await, Seen::Taken);
    lab.issuer.publish(&[]);
    lab.clock.advance(60);
    assert_eq!(lab.show("old").await, Seen::Unknown);
}

#[tokio::test]
async fn a_discovery_document_is_of_the_issuer_and_names_a_safe_place() {
    let lab = Lab::new().await;
    let keys = format!("{}/keys", lab.issuer.url);
    let other = json!({ "issuer": "https://other.example", "jwks_uri": keys }).to_string();
    lab.issuer.describe_with(Reply::Json(other));
    assert!(matches!(lab.failure().await, FetchError::OtherIssuer));

    lab.clock.advance(1);
    let unsafe_place = json!({ "issuer": lab.issuer.url, "jwks_uri": "http://id.example/keys" }).to_string();
    lab.issuer.describe_with(Reply::Json(unsafe_place));
    assert!(matches!(lab.failure().await, FetchError::Url(InvalidUrl::Insecure)));

    lab.clock.advance(1);
    lab.issuer.describe_with(Reply::Json(json!({ "issuer": lab.issuer.url }).to_string()));
    assert!(matches!(lab.failure().await, FetchError::Json(_)));
    assert!(lab.issuer.requests().iter().all(|path| path == DISCOVERY));
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_a_failure() {
    let lab = Lab::new().await;
    drop(lab.issuer);
    let valid = claims("http://127.0.0.1:1", "", Value::Null);
    let config = Config::new("http://127.0.0.1:1", "pennon");
    let authenticator = Authenticator::new(config, Arc::new(lab.clock)).unwrap();
    let failure = authenticator.principal(&lab.key.token("old", &valid)).await.unwrap_err();
    assert!(
        matches!(failure, AuthError::Unavailable { source: Some(FetchError::Connection(_)) }),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_token_that_can_be_refused_without_keys_fetches_none() {
    let lab = Lab::new().await;
    let valid = claims(&lab.issuer.url, "", Value::Null);
    let symmetric = lab.key.token_with_header(&json!({ "alg": "HS256", "kid": "old" }), &valid);
    for token in ["", "a.b.c", &symmetric, &"a".repeat(9_000)] {
        let refused = lab.authenticator.principal(token).await.unwrap_err();
        assert!(matches!(refused, AuthError::Invalid(_)), "{refused}");
    }
    assert_eq!(lab.requests(), 0);
}

#[test]
fn an_issuer_elsewhere_is_asked_over_https() {
    let new = |config| Authenticator::new(config, Arc::new(ManualClock::new())).map(|_| ());
    assert_eq!(new(Config::new("https://id.example", "pennon")), Ok(()));
    let insecure = new(Config::new("http://id.example", "pennon")).unwrap_err();
    assert_eq!((insecure.variable, insecure.found.as_str()), ("OIDC_ISSUER", "http://id.example"));
    let jwks_uri = Some("http://id.example/keys".to_owned());
    let insecure = new(Config { jwks_uri, ..Config::new("https://id.example", "pennon") }).unwrap_err();
    assert_eq!(insecure.variable, "JWKS_URI");
}
