//! A JSON Web Key Set (RFC 7517).

use std::sync::Arc;

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

/// A public key and what it is for.
pub(crate) struct VerificationKey {
    kid: Option<String>,
    /// The one algorithm that the key may verify: the key decides, never the token.
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

/// The public keys of an issuer that can verify tokens.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<Arc<VerificationKey>>,
}

impl KeySet {
    /// Reads a JWK set. A key that is not for signatures, or of a kind that is not supported, is left out (RFC 7517, section 5):
    /// what remains are RSA keys for RS256, P-256 keys for ES256 and Ed25519 keys for EdDSA.
    ///
    /// # Errors
    /// When the text is no JWK set at all.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let Document { keys } = serde_json::from_slice(json)?;
        let usable =
            keys.into_iter().filter_map(|key| VerificationKey::from_jwk(&Jwk::deserialize(key).ok()?));
        Ok(Self { keys: usable.map(Arc::new).collect() })
    }

    /// One Ed25519 key: its name and its 32 bytes.
    pub(crate) fn ed25519(kid: &str, public: &[u8]) -> Self {
        let (kid, algorithm) = (Some(kid.to_owned()), Algorithm::EdDSA);
        let key = DecodingKey::from_ed_der(public);
        Self { keys: vec![Arc::new(VerificationKey { kid, algorithm, key })] }
    }

    /// The key of that name. A token without one means the only key that there is (OpenID Connect Core 1.0, section 10.1).
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<Arc<VerificationKey>> {
        let found = match (kid, self.keys.as_slice()) {
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        found.map(Arc::clone)
    }
}

impl VerificationKey {
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let for_signatures =
            common.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature);
        let operations = common.key_operations.as_ref();
        let for_verifying = operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
            _ => return None,
        };
        let for_algorithm = common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm));
        (for_signatures && for_verifying && for_algorithm).then_some(())?;
        Some(Self { kid: common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(jwk).ok()? })
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| (&key.kid, key.algorithm))).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POINT: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";

    fn set(keys: &[Value]) -> KeySet {
        KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    fn ec(more: &Value) -> Value {
        let mut key = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": POINT, "y": POINT });
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    fn algorithm(key: Value) -> Option<Algorithm> {
        set(&[key]).find(Some("k")).map(|key| key.algorithm)
    }

    #[test]
    fn the_key_decides_its_algorithm() {
        let rsa = json!({ "kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB" });
        assert_eq!(algorithm(rsa), Some(Algorithm::RS256));
        assert_eq!(algorithm(ec(&json!({}))), Some(Algorithm::ES256));
        let ed = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": POINT });
        assert_eq!(algorithm(ed), Some(Algorithm::EdDSA));
        assert_eq!(
            algorithm(ec(&json!({ "use": "sig", "alg": "ES256", "key_ops": ["verify"] }))),
            Some(Algorithm::ES256)
        );
    }

    #[test]
    fn a_key_for_anything_else_is_left_out() {
        for key in [
            json!({ "kty": "oct", "kid": "k", "k": "c2VjcmV0" }),
            json!({ "kty": "oct", "kid": "k", "k": "c2VjcmV0", "alg": "RS256" }),
            json!({ "kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB", "alg": "PS256" }),
            json!({ "kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB", "alg": "RSA-OAEP" }),
            json!({ "kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB", "alg": "HS256" }),
            json!({ "kty": "OKP", "crv": "X25519", "kid": "k", "x": POINT }),
            json!({ "kty": "OKP", "crv": "P-256", "kid": "k", "x": POINT }),
            ec(&json!({ "use": "enc" })),
            ec(&json!({ "key_ops": ["sign"] })),
            ec(&json!({ "alg": "ES384" })),
            ec(&json!({ "alg": "EdDSA" })),
            ec(&json!({ "crv": "P-384" })),
            ec(&json!({ "x": "not base64!" })),
            json!({ "kty": "PQ", "kid": "k" }),
            json!("k"),
        ] {
            assert_eq!(algorithm(key.clone()), None, "{key}");
            assert!(set(&[key, ec(&json!({}))]).find(Some("k")).is_some(), "its neighbour stays");
        }
    }

    #[test]
    fn a_token_without_a_key_name_means_the_only_key() {
        let nameless = json!({ "kty": "OKP", "crv": "Ed25519", "x": POINT });
        assert!(set(&[ec(&json!({}))]).find(None).is_some());
        assert!(set(std::slice::from_ref(&nameless)).find(None).is_some());
        assert!(set(std::slice::from_ref(&nameless)).find(Some("k")).is_none());
        assert!(set(&[ec(&json!({})), nameless]).find(None).is_none());
        assert!(set(&[]).find(None).is_none());
    }

    #[test]
    fn what_is_no_key_set_is_refused() {
        for text in ["", "[]", "{}", r#"{"keys":{}}"#, "<html>"] {
            assert!(KeySet::from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
