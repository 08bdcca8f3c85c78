//! SDK keys: `pnn_<project>.<environment>_<kid>_<secret>`.

use std::fmt;

use http::{HeaderMap, HeaderName, header};
use pennon_domain::{Denied, EnvironmentId, Head, KeyRecord, Scope, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::bearer_token;

/// Marks a Pennon key, for people and for secret scanners.
const PREFIX: &str = "pnn";
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Bytes of a key identifier.
const KID_BYTES: std::ops::RangeInclusive<usize> = 1..=32;
/// Bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 32..=128;
/// Digits of a key identifier made here: 59 bits, so that no environment ever has two keys of the same name.
const KID_DIGITS: usize = 10;
/// Digits of a secret made here: 256 bits.
const SECRET_DIGITS: usize = 43;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An SDK key as presented: well formed, not yet known to be right.
#[derive(Clone)]
pub struct SdkKey {
    environment: EnvironmentId,
    kid: String,
    hash: [u8; 32],
}

/// The system gives no random numbers, so no key can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoEntropy;

impl SdkKey {
    /// Makes a key that opens that environment once its [`SdkKey::record`] is stored, and gives it with its text: the only copy
    /// of the secret.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate(environment: &EnvironmentId) -> Result<(Self, String), NoEntropy> {
        let random = SystemRandom::new();
        let (kid, secret) = (digits(&random, KID_DIGITS)?, digits(&random, SECRET_DIGITS)?);
        let text = format!("{PREFIX}_{environment}_{kid}_{secret}");
        let hash = Sha256::digest(secret).into();
        Ok((Self { environment: environment.clone(), kid, hash }, text))
    }

    /// The key in `Authorization: Bearer <key>` or, failing that, `X-API-Key: <key>`: OFREP allows either.
    ///
    /// # Errors
    /// When neither header holds a well-formed key.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Denied> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION).and_then(bearer_token).map(Self::parse);
        match bearer {
            Some(Ok(key)) => Ok(key),
            _ => text(API_KEY).map_or(Err(Denied::Unauthenticated), Self::parse),
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// When the text does not have the form of one.
    pub fn parse(text: &str) -> Result<Self, Denied> {
        Self::parse_parts(text).ok_or(Denied::Unauthenticated)
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(4, '_');
        let (prefix, environment, kid, secret) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let base62 = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let well_formed = prefix == PREFIX
            && KID_BYTES.contains(&kid.len())
            && base62(kid)
            && SECRET_BYTES.contains(&secret.len())
            && base62(secret);
        well_formed.then_some(())?;
        Some(Self {
            environment: environment.parse().ok()?,
            kid: kid.to_owned(),
            hash: Sha256::digest(secret).into(),
        })
    }

    /// The environment that the key claims to open.
    pub fn environment(&self) -> &EnvironmentId {
        &self.environment
    }

    /// The identifier of the key: unique in its environment, and no secret.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What is stored so that this key can be recognised: its identifier and its record.
    pub fn record(&self, scope: Scope, expires: Option<Timestamp>) -> (String, KeyRecord) {
        (self.kid.clone(), KeyRecord { hash: self.hash, scope, expires })
    }

    /// Opens the environment that was found under the name in the key: the proof that the key is right.
    ///
    /// An unknown environment, an unknown key and a wrong secret take the same work and give the same error; the
    /// comparison takes the same time wherever the secrets differ.
    ///
    /// # Errors
    /// When the key does not open it, or no longer.
    pub fn open<E: AsRef<Head>>(&self, environment: Option<E>, now: Timestamp) -> Result<(E, Scope), Denied> {
        let record = environment.as_ref().and_then(|environment| environment.as_ref().keys.get(&self.kid));
        let stored = record.map_or([0; 32], |record| record.hash);
        let same: bool = self.hash.ct_eq(&stored).into();
        let scope = record
            .filter(|record| same && record.expires.is_none_or(|end| now < end))
            .map(|record| record.scope);
        environment.zip(scope).ok_or(Denied::Unauthenticated)
    }
}

impl fmt::Debug for SdkKey {
    /// Without the hash: it stands in for the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SdkKey")
            .field("environment", &self.environment)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// That many random base62 digits, each as likely as the others.
fn digits(random: &SystemRandom, count: usize) -> Result<String, NoEntropy> {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = [0_u8; 64];
        random.fill(&mut bytes).map_err(|_| NoEntropy)?;
        // The remainder alone would favour the first digits: 256 is no multiple of 62.
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| usize::from(byte % 62));
        let drawn = fair.filter_map(|digit| BASE62.get(digit)).map(|byte| char::from(*byte));
        text.extend(drawn.take(count - text.len()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::HeaderValue;
    use pennon_domain::Bucketing;

    use super::*;

    const KEY: &str = "pnn_demo.local_k1_0123456789abcdefghijABCDEFGHIJ0123456789xyz";
    const NOW: Timestamp = Timestamp::from_millis(1_000);

    struct Holder(Head);

    impl AsRef<Head> for Holder {
        fn as_ref(&self) -> &Head {
            &self.0
        }
    }

    fn environment(keys: impl IntoIterator<Item = (String, KeyRecord)>) -> Holder {
        Holder(Head {
            environment: "demo.local".parse().unwrap(),
            version: 1,
            published: NOW,
            config_etag: "e".into(),
            bucketing: Bucketing::V3,
            chunks: 1,
            sha256: [0; 32],
            keys: BTreeMap::from_iter(keys),
        })
    }

    fn stored(expires: Option<Timestamp>) -> Holder {
        environment([SdkKey::parse(KEY).unwrap().record(Scope::Server, expires)])
    }

    fn opens(key: &str, environment: Option<Holder>) -> bool {
        SdkKey::parse(key).unwrap().open(environment, NOW).is_ok()
    }

    #[test]
    fn the_right_key_opens_its_environment() {
        assert!(opens(KEY, Some(stored(None))));
    }

    #[test]
    fn nothing_else_does() {
        let wrong = KEY.replace("xyz", "xyZ");
        assert!(!opens(&wrong, Some(stored(None))));
        assert!(!opens(&KEY.replace("k1", "k2"), Some(stored(None))));
        assert!(!opens(KEY, Some(environment([]))));
        assert!(!opens(KEY, None));
    }

    #[test]
    fn a_key_ends_when_it_expires() {
        assert!(opens(KEY, Some(stored(Some(Timestamp::from_millis(1_001))))));
        assert!(!opens(KEY, Some(stored(Some(NOW)))));
    }

    #[test]
    fn an_all_zero_record_is_not_opened_by_an_absent_one() {
        let zero = KeyRecord { hash: [0; 32], scope: Scope::Server, expires: None };
        assert!(!opens(KEY, Some(environment([("k1".to_owned(), zero)]))));
    }

    #[test]
    fn a_key_opens_with_the_scope_that_it_was_given() {
        for scope in [Scope::Server, Scope::Client] {
            let key = SdkKey::parse(KEY).unwrap();
            let holder = environment([key.record(scope, None)]);
            assert_eq!(key.open(Some(holder), NOW).map(|(_, scope)| scope).ok(), Some(scope));
        }
    }

    #[test]
    fn a_generated_key_opens_its_environment_and_is_like_no_other() {
        let id: EnvironmentId = "shop.production".parse().unwrap();
        let (key, text) = SdkKey::generate(&id).unwrap();
        let presented = SdkKey::parse(&text).unwrap();
        assert_eq!((presented.environment(), presented.kid()), (&id, key.kid()));
        assert!(opens(&text, Some(environment([key.record(Scope::Client, None)]))));

        let (other, other_text) = SdkKey::generate(&id).unwrap();
        assert_ne!(other.kid(), key.kid());
        assert!(!opens(&other_text, Some(environment([key.record(Scope::Client, None)]))));
    }

    #[test]
    fn a_generated_secret_uses_every_digit_about_as_often() {
        let random = SystemRandom::new();
        let drawn = digits(&random, 62_000).unwrap();
        for digit in BASE62 {
            let count = drawn.bytes().filter(|byte| byte == digit).count();
            // 1000 are expected, give or take 31: nine of those would take longer than the universe is old.
            assert!((720..1_280).contains(&count), "{}: {count}", char::from(*digit));
        }
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_refused() {
        let long = format!("pnn_demo.local_k1_{}", "a".repeat(129));
        for text in [
            "",
            "pnn",
            "pnn_demo.local_k1",
            "pnn_demo.local_k1_short",
            "xyz_demo.local_k1_x",
            "pnn_DEMO.local_k1_x",
            &long,
        ] {
            assert_eq!(SdkKey::parse(text).err(), Some(Denied::Unauthenticated), "{text}");
        }
        assert!(SdkKey::parse(&KEY.replace("abc", "a_c")).is_err());
        assert!(SdkKey::parse(&KEY.replace("abc", "äbc")).is_err());
    }

    #[test]
    fn either_header_will_do() {
        let from = |pairs: &[(HeaderName, &str)]| {
            let headers =
                pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
            SdkKey::from_headers(&headers.collect()).is_ok()
        };
        let bearer = format!("Bearer {KEY}");
        assert!(from(&[(header::AUTHORIZATION, &bearer)]));
        assert!(from(&[(header::AUTHORIZATION, &bearer.replace("Bearer", "bearer"))]));
        assert!(from(&[(API_KEY, KEY)]));
        assert!(from(&[(header::AUTHORIZATION, "Basic abc"), (API_KEY, KEY)]));
        assert!(from(&[(header::AUTHORIZATION, "Bearer other.token"), (API_KEY, KEY)]));
        assert!(!from(&[(header::AUTHORIZATION, KEY)]));
        assert!(!from(&[]));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", SdkKey::parse(KEY).unwrap());
        assert!(shown.contains("k1") && !shown.contains("hash"), "{shown}");
    }
}
