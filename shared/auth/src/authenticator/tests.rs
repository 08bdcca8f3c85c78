//! What is taken and what is refused, by keys that the authenticator is given.

use ring::hmac;
use serde_json::json;

use super::*;
use crate::SigningKey;
use crate::testing::{ManualClock, NOW, TestKey, claims, encode};

const ISSUER: &str = "https://id.example";

/// An issuer with a key of each kind.
struct Lab {
    rsa: TestKey,
    p256: TestKey,
    ed25519: TestKey,
    authenticator: Authenticator,
}

impl Lab {
    fn new() -> Self {
        let (rsa, p256, ed25519) = (TestKey::rsa(), TestKey::p256(), TestKey::ed25519());
        let keys = json!({ "keys": [rsa.jwk("rsa"), p256.jwk("p256"), ed25519.jwk("ed25519")] });
        let keys = KeySet::from_json(keys.to_string().as_bytes()).unwrap();
        let config = Config::new(ISSUER, "pennon");
        let authenticator = Authenticator::with_keys(config, keys, Arc::new(ManualClock::new()));
        Self { rsa, p256, ed25519, authenticator }
    }

    fn keys(&self) -> [(&'static str, &TestKey); 3] {
        [("rsa", &self.rsa), ("p256", &self.p256), ("ed25519", &self.ed25519)]
    }

    async fn verify(&self, token: &str) -> Result<Principal, InvalidToken> {
        self.authenticator.principal(token).await.map_err(|error| match error {
            AuthError::Invalid(reason) => reason,
            AuthError::Unavailable { .. } => panic!("the keys are at hand"),
        })
    }

    /// Why a token with one claim changed is refused.
    async fn refusal(&self, claim: &str, value: Value) -> Option<InvalidToken> {
        self.verify(&self.p256.token("p256", &claims(ISSUER, claim, value))).await.err()
    }
}

fn valid() -> Value {
    claims(ISSUER, "", Value::Null)
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_taken() {
    let lab = Lab::new();
    for (kid, key) in lab.keys() {
        let principal = lab.verify(&key.token(kid, &valid())).await;
        assert_eq!(principal, Ok(Principal::new("ada", ["editor"])), "{}", key.algorithm());
    }
}

#[tokio::test]
async fn a_token_without_signature_is_refused() {
    let lab = Lab::new();
    for algorithm in ["none", "None", "NONE", ""] {
        for kid in [json!("rsa"), json!(null)] {
            let header = json!({ "alg": algorithm, "kid": kid });
            let message = format!("{}.{}", encode(header.to_string()), encode(valid().to_string()));
            for token in [format!("{message}."), message] {
                assert_eq!(lab.verify(&token).await, Err(InvalidToken::Malformed), "{header}");
            }
        }
    }
    let stripped = lab.rsa.token("rsa", &valid());
    let (message, _) = stripped.rsplit_once('.').unwrap();
    assert_eq!(lab.verify(&format!("{message}.")).await, Err(InvalidToken::WrongSignature));
}

#[tokio::test]
async fn a_public_key_is_no_secret_to_sign_with() {
    let lab = Lab::new();
    let TestKey::Rsa(pair) = &lab.rsa else { panic!("an RSA key") };
    let components = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
    for (kid, secret) in [
        ("rsa", pair.public().as_ref()),
        ("rsa", components.n.as_slice()),
        ("rsa", lab.rsa.jwk("rsa")["n"].as_str().unwrap().as_bytes()),
        ("ed25519", lab.ed25519.jwk("ed25519")["x"].as_str().unwrap().as_bytes()),
    ] {
        for (algorithm, mac) in [("HS256", hmac::HMAC_SHA256), ("HS512", hmac::HMAC_SHA512)] {
            let header = json!({ "alg": algorithm, "kid": kid });
            let message = format!("{}.{}", encode(header.to_string()), encode(valid().to_string()));
            let tag = hmac::sign(&hmac::Key::new(mac, secret), message.as_bytes());
            let token = format!("{message}.{}", encode(tag));
            assert_eq!(lab.verify(&token).await, Err(InvalidToken::WrongAlgorithm));
        }
    }
}

#[tokio::test]
async fn the_key_and_not_the_token_says_which_algorithm() {
    let lab = Lab::new();
    for (kid, _) in lab.keys() {
        for (_, signer) in lab.keys() {
            let header = json!({ "alg": signer.algorithm(), "kid": kid });
            let token = signer.token_with_header(&header, &valid());
            let own = lab
                .keys()
                .into_iter()
                .any(|(name, key)| name == kid && key.algorithm() == signer.algorithm());
            let expected = if own { None } else { Some(InvalidToken::WrongAlgorithm) };
            assert_eq!(lab.verify(&token).await.err(), expected, "{header}");
        }
    }
    for algorithm in ["RS384", "PS256", "ES384", "HS256"] {
        let header = json!({ "alg": algorithm, "kid": "rsa" });
        let token = lab.rsa.token_with_header(&header, &valid());
        assert_eq!(lab.verify(&token).await, Err(InvalidToken::WrongAlgorithm), "{algorithm}");
    }
}

#[tokio::test]
async fn a_key_of_somebody_else_is_refused_whatever_the_token_says_of_it() {
    let lab = Lab::new();
    let other = TestKey::p256();
    assert_eq!(lab.verify(&other.token("p256", &valid())).await, Err(InvalidToken::WrongSignature));
    assert_eq!(lab.verify(&other.token("other", &valid())).await, Err(InvalidToken::UnknownKey));
    // A token that brings its own key, or says where to get it.
    let header = json!({
        "alg": "ES256", "kid": "other", "jwk": other.jwk("other"),
        "jku": "https://evil.example/keys", "x5u": "https://evil.example/certificate",
    });
    assert_eq!(lab.verify(&other.token_with_header(&header, &valid())).await, Err(InvalidToken::UnknownKey));
    // Of several keys, one has to be named.
    let nameless = lab.p256.token_with_header(&json!({ "alg": "ES256" }), &valid());
    assert_eq!(lab.verify(&nameless).await, Err(InvalidToken::UnknownKey));
}

#[tokio::test]
async fn what_was_changed_after_signing_is_refused() {
    let lab = Lab::new();
    for (kid, key) in lab.keys() {
        let token = key.token(kid, &valid());
        let parts: Vec<_> = token.split('.').collect();
        let more = encode(claims(ISSUER, "pennon_roles", json!(["admin"])).to_string());
        let other_header = encode(json!({ "kid": kid, "alg": key.algorithm() }).to_string());
        for tampered in [
            format!("{}.{more}.{}", parts[0], parts[2]),
            format!("{other_header}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{}", parts[0], parts[1], encode([0; 64])),
        ] {
            assert_eq!(lab.verify(&tampered).await, Err(InvalidToken::WrongSignature), "{kid}");
        }
    }
}

#[tokio::test]
async fn the_issuer_is_ours() {
    let lab = Lab::new();
    for issuer in [json!("https://other.example"), json!("https://id.example/"), json!("")] {
        assert_eq!(lab.refusal("iss", issuer).await, Some(InvalidToken::WrongIssuer));
    }
    for missing in [json!(null), json!(7), json!({})] {
        assert_eq!(lab.refusal("iss", missing).await, Some(InvalidToken::Claim("iss")));
    }
}

#[tokio::test]
async fn the_audience_is_us_possibly_among_others() {
    let lab = Lab::new();
    assert_eq!(lab.refusal("aud", json!(["other", "pennon"])).await, None);
    for audience in [json!("other"), json!("pennon-2"), json!(""), json!([]), json!(["other"])] {
        assert_eq!(lab.refusal("aud", audience).await, Some(InvalidToken::WrongAudience));
    }
    for missing in [json!(null), json!(7), json!({ "pennon": true }), json!(["pennon", 7])] {
        assert_eq!(lab.refusal("aud", missing).await, Some(InvalidToken::Claim("aud")));
    }
}

#[tokio::test]
async fn a_token_has_its_time() {
    let lab = Lab::new();
    assert_eq!(lab.refusal("exp", json!(NOW - 30)).await, None);
    assert_eq!(lab.refusal("exp", json!(NOW - 60)).await, Some(InvalidToken::Expired));
    assert_eq!(lab.refusal("exp", json!(null)).await, Some(InvalidToken::Claim("exp")));
    assert_eq!(lab.refusal("exp", json!("4000000000")).await, Some(InvalidToken::Claim("exp")));
    assert_eq!(lab.refusal("nbf", json!(NOW + 61)).await, Some(InvalidToken::NotYetValid));
    assert_eq!(lab.refusal("nbf", json!("0")).await, Some(InvalidToken::Claim("nbf")));
    assert_eq!(lab.refusal("nbf", json!(null)).await, None);
}

#[tokio::test]
async fn a_token_is_somebodys() {
    let lab = Lab::new();
    for subject in [json!(null), json!(""), json!(7), json!("a".repeat(256))] {
        assert_eq!(lab.refusal("sub", subject).await, Some(InvalidToken::Claim("sub")));
    }
    assert_eq!(lab.refusal("pennon_roles", json!(null)).await, None);
}

#[tokio::test]
async fn a_claim_said_twice_is_refused() {
    let lab = Lab::new();
    let header = encode(json!({ "alg": "ES256", "kid": "p256" }).to_string());
    let claims = valid().to_string().replacen('{', r#"{"iss":"https://other.example","#, 1);
    let message = format!("{header}.{}", encode(claims));
    let token = format!("{message}.{}", encode(lab.p256.sign(message.as_bytes())));
    assert_eq!(lab.verify(&token).await, Err(InvalidToken::Malformed));
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_refused() {
    let lab = Lab::new();
    for critical in [json!(["exp"]), json!(["b64"]), json!([])] {
        let header = json!({ "alg": "ES256", "kid": "p256", "crit": critical, "b64": false });
        let token = lab.p256.token_with_header(&header, &valid());
        assert_eq!(lab.verify(&token).await, Err(InvalidToken::CriticalHeader));
    }
}

#[tokio::test]
async fn a_token_has_at_most_8_kib() {
    let lab = Lab::new();
    let padded =
        |length: usize| lab.p256.token("p256", &claims(ISSUER, "padding", json!("a".repeat(length))));
    assert!(padded(5_500).len() < 8 * 1024);
    assert_eq!(lab.verify(&padded(5_500)).await.err(), None);
    assert!(padded(6_500).len() > 8 * 1024);
    assert_eq!(lab.verify(&padded(6_500)).await, Err(InvalidToken::TooLong));
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let lab = Lab::new();
    let token = lab.p256.token("p256", &valid());
    let no_object = lab.p256.token("p256", &json!(["a"]));
    for text in ["", ".", "..", "a.b.c", "....", &format!("{token}."), &format!(" {token}"), &no_object] {
        assert_eq!(lab.verify(text).await, Err(InvalidToken::Malformed), "{text:?}");
    }
}

#[tokio::test]
async fn a_key_made_here_signs_tokens_that_are_taken() {
    let key = SigningKey::generate().unwrap();
    let config = Config::new(ISSUER, "pennon");
    let authenticator = Authenticator::with_keys(config, key.key_set(), Arc::new(ManualClock::new()));
    let token = key.sign(&valid()).unwrap();
    assert_eq!(authenticator.principal(&token).await.unwrap(), Principal::new("ada", ["editor"]));
    let other = SigningKey::generate().unwrap().sign(&valid()).unwrap();
    let refused = authenticator.principal(&other).await.unwrap_err();
    assert!(matches!(refused, AuthError::Invalid(InvalidToken::WrongSignature)), "{refused}");
}
