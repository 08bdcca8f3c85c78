//! The keys of an issuer somewhere else.
//!
//! Nothing runs in the background: keys are fetched by the request that needs them, and by one request at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pennon_config::ConfigError;
use pennon_domain::{Clock, error_chain};

use super::{
    VerificationKey,
    cache::{Cache, Lookup},
    fetch::Fetcher,
};
use crate::{AuthError, Config, FetchError, InvalidToken};

/// The keys of an issuer somewhere else.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    fetcher: Fetcher,
    cache: Mutex<Cache>,
    /// Held while keys are being fetched.
    fetching: tokio::sync::Mutex<()>,
    clock: Arc<dyn Clock>,
}

impl RemoteKeys {
    pub(crate) fn new(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let fetcher = Fetcher::new(config)?;
        Ok(Self { fetcher, cache: Mutex::default(), fetching: tokio::sync::Mutex::default(), clock })
    }

    /// The key of that name, fetched if need be.
    pub(crate) async fn find(&self, kid: Option<&str>) -> Result<Arc<VerificationKey>, AuthError> {
        if let Some(known) = self.known(kid) {
            return known;
        }
        let _fetching = self.fetching.lock().await;
        // Whoever held the lock may have fetched them.
        if let Some(known) = self.known(kid) {
            return known;
        }
        let failure = self.fetch().await.err();
        match (self.cache().find(kid, self.clock.now()), failure) {
            (Lookup::Found(key), None) => Ok(key),
            (Lookup::Found(key), Some(error)) => {
                tracing::warn!(error = error_chain(&error), "older keys of the issuer are used");
                Ok(key)
            }
            (Lookup::Unknown, _) | (_, None) => Err(InvalidToken::UnknownKey.into()),
            (_, source) => Err(AuthError::Unavailable { source }),
        }
    }

    /// Fetches the keys.
    pub(crate) async fn fetch(&self) -> Result<(), FetchError> {
        let began = self.clock.now();
        let (keys, outcome) = match self.fetcher.fetch().await {
            Ok(keys) => (Some(keys), Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.cache().was_fetched(keys, began);
        outcome
    }

    /// What can be said without asking the issuer.
    fn known(&self, kid: Option<&str>) -> Option<Result<Arc<VerificationKey>, AuthError>> {
        match self.cache().find(kid, self.clock.now()) {
            Lookup::Found(key) => Some(Ok(key)),
            Lookup::Unknown => Some(Err(InvalidToken::UnknownKey.into())),
            Lookup::Unavailable => Some(Err(AuthError::Unavailable { source: None })),
            Lookup::Fetch => None,
        }
    }

    /// Nothing panics while it holds the lock, so there is no half-done change to fear behind a poisoned one.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
