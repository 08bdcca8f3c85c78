//! The credentials of the client, asked for no more often than needed.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};

use super::{Fault, lock};

/// How old credentials may be before the provider is asked for newer ones. It may know some although the old ones would
/// still do.
const MAX_AGE: Duration = Duration::from_secs(30);

/// Credentials that end so soon are not used any more if there are others.
const MARGIN: Duration = Duration::from_secs(10);

/// What the provider said last.
#[derive(Debug)]
pub(super) struct CredentialsCache {
    provider: SharedCredentialsProvider,
    last: Mutex<Option<(Credentials, SystemTime)>>,
}

impl CredentialsCache {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, last: Mutex::default() }
    }

    /// Credentials to sign with. If the provider fails, the last ones, as long as they are valid.
    pub(super) async fn get(&self, now: SystemTime) -> Result<Credentials, Fault> {
        let last = lock(&self.last).clone();
        if let Some((credentials, since)) = &last
            && now.duration_since(*since).is_ok_and(|age| age < MAX_AGE)
            && !expires_by(credentials, now + MARGIN)
        {
            return Ok(credentials.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(credentials) => {
                *lock(&self.last) = Some((credentials.clone(), now));
                Ok(credentials)
            }
            Err(error) => match last {
                Some((credentials, _)) if !expires_by(&credentials, now) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "no new credentials for DAX");
                    Ok(credentials)
                }
                _ => Err(Fault::Credentials(error.into())),
            },
        }
    }

    /// The server does not take them: the next ones come from the provider.
    pub(super) fn distrust(&self) {
        *lock(&self.last) = None;
    }
}

fn expires_by(credentials: &Credentials, time: SystemTime) -> bool {
    credentials.expiry().is_some_and(|expiry| expiry <= time)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use aws_credential_types::provider::error::CredentialsError;
    use aws_credential_types::provider::future;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Numbers the credentials that it gives; each is valid until the next full minute. Gives so many, then fails.
    #[derive(Debug, Clone)]
    struct Numbered {
        asked: Arc<AtomicU64>,
        works: u64,
    }

    impl ProvideCredentials for Numbered {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.asked.fetch_add(1, Relaxed);
            let credentials =
                Credentials::new(number.to_string(), "secret", None, Some(at(60 * (number + 1))), "test");
            let failure = || CredentialsError::not_loaded("away");
            future::ProvideCredentials::ready(
                (number < self.works).then_some(credentials).ok_or_else(failure),
            )
        }
    }

    fn cache(works: u64) -> (CredentialsCache, Arc<AtomicU64>) {
        let asked = Arc::new(AtomicU64::new(0));
        let provider = Numbered { asked: Arc::clone(&asked), works };
        (CredentialsCache::new(SharedCredentialsProvider::new(provider)), asked)
    }

    async fn key(cache: &CredentialsCache, seconds: u64) -> String {
        cache.get(at(seconds)).await.unwrap().access_key_id().to_owned()
    }

    #[tokio::test]
    async fn the_provider_is_asked_once_in_a_while() {
        let (cache, asked) = cache(9);
        for (seconds, expected) in [(0, "0"), (29, "0"), (30, "1"), (31, "1")] {
            assert_eq!(key(&cache, seconds).await, expected);
        }
        assert_eq!(asked.load(Relaxed), 2);
    }

    #[tokio::test]
    async fn credentials_that_end_soon_are_replaced() {
        let (cache, _) = cache(9);
        assert_eq!(key(&cache, 45).await, "0");
        assert_eq!(key(&cache, 50).await, "1");
    }

    #[tokio::test]
    async fn credentials_that_the_server_refuses_are_replaced() {
        let (cache, _) = cache(9);
        assert_eq!(key(&cache, 0).await, "0");
        cache.distrust();
        assert_eq!(key(&cache, 0).await, "1");
    }

    #[tokio::test]
    async fn if_the_provider_fails_the_last_ones_do_as_long_as_they_are_valid() {
        let (cache, _) = cache(1);
        assert_eq!(key(&cache, 0).await, "0");
        assert_eq!(key(&cache, 59).await, "0");
        assert!(matches!(cache.get(at(60)).await, Err(Fault::Credentials(_))));
    }
}
