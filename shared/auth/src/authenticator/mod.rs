//! Verifying access tokens.

use std::{fmt, sync::Arc};

use jsonwebtoken::{
    Algorithm, Validation,
    errors::{Error, ErrorKind},
};
use pennon_config::ConfigError;
use pennon_domain::{Clock, Principal, SystemClock, error_chain};
use serde_json::Value;

use crate::{
    AuthError, Config, FetchError, InvalidToken, KeySet, claims, crypto,
    jwks::{RemoteKeys, VerificationKey},
};

/// Bytes of a token. API Gateway passes on 10 KB of headers in all.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Verifies access tokens: JSON Web Tokens of one issuer for one audience, signed with RS256, ES256 or EdDSA.
///
/// Cloning is cheap; clones share their keys.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

struct Inner {
    config: Config,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

enum Keys {
    Remote(Box<RemoteKeys>),
    Fixed(KeySet),
}

/// Opens the authenticator that the environment describes: [`Config`]'s variables.
///
/// Fetches the issuer's keys, so that the first token need not wait for them. If that fails it opens all the same.
pub async fn open() -> Result<Authenticator, ConfigError> {
    Authenticator::open(Config::from_env()?).await
}

impl Authenticator {
    /// As [`open`], with a configuration from elsewhere.
    ///
    /// # Errors
    /// As for [`Authenticator::new`].
    pub async fn open(config: Config) -> Result<Self, ConfigError> {
        let authenticator = Self::new(config, Arc::new(SystemClock))?;
        if let Err(error) = authenticator.prefetch().await {
            tracing::warn!(error = error_chain(&error), "the issuer does not answer yet");
        }
        Ok(authenticator)
    }

    /// Verifies tokens with the keys that the issuer publishes.
    ///
    /// # Errors
    /// When the issuer or the place of its keys is no URL that keys may come from.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let keys = Keys::Remote(Box::new(RemoteKeys::new(&config, Arc::clone(&clock))?));
        Ok(Self::with(config, keys, clock))
    }

    /// Verifies tokens with these keys and no others: for an issuer in the same process.
    pub fn with_keys(config: Config, keys: KeySet, clock: Arc<dyn Clock>) -> Self {
        Self::with(config, Keys::Fixed(keys), clock)
    }

    fn with(config: Config, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        crypto::install();
        Self(Arc::new(Inner { config, keys, clock }))
    }

    /// Fetches the keys now.
    ///
    /// # Errors
    /// When they cannot be had; the next token tries again.
    pub async fn prefetch(&self) -> Result<(), FetchError> {
        match &self.0.keys {
            Keys::Remote(keys) => keys.fetch().await,
            Keys::Fixed(_) => Ok(()),
        }
    }

    /// Who holds the token, and with which grants.
    ///
    /// # Errors
    /// When the token is not valid, or nobody can tell because the issuer's keys cannot be had.
    pub async fn principal(&self, token: &str) -> Result<Principal, AuthError> {
        let kid = check_header(token)?;
        let key = self.key(kid.as_deref()).await?;
        let claims = self.verified_claims(token, &key)?;
        Ok(claims::principal(&claims, &self.0.config.roles_claim, self.0.clock.now())?)
    }

    async fn key(&self, kid: Option<&str>) -> Result<Arc<VerificationKey>, AuthError> {
        match &self.0.keys {
            Keys::Remote(keys) => keys.find(kid).await,
            Keys::Fixed(keys) => Ok(keys.find(kid).ok_or(InvalidToken::UnknownKey)?),
        }
    }

    /// The claims of a token that this key signed, from this issuer, for this audience. When it is valid is checked elsewhere, by
    /// a clock that tests control.
    fn verified_claims(&self, token: &str, key: &VerificationKey) -> Result<Value, InvalidToken> {
        let Config { issuer, audience, .. } = &self.0.config;
        let mut validation = Validation::new(key.algorithm);
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        let data = jsonwebtoken::decode(token, &key.key, &validation).map_err(|error| why(&error))?;
        Ok(data.claims)
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// What can be refused without a key is; gives the name of the key.
fn check_header(token: &str) -> Result<Option<String>, InvalidToken> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(InvalidToken::TooLong);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken::Malformed)?;
    if header.crit.is_some() {
        return Err(InvalidToken::CriticalHeader);
    }
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA) {
        return Err(InvalidToken::WrongAlgorithm);
    }
    Ok(header.kid)
}

fn why(error: &Error) -> InvalidToken {
    match error.kind() {
        ErrorKind::InvalidAlgorithm => InvalidToken::WrongAlgorithm,
        ErrorKind::InvalidSignature => InvalidToken::WrongSignature,
        ErrorKind::InvalidIssuer => InvalidToken::WrongIssuer,
        ErrorKind::InvalidAudience => InvalidToken::WrongAudience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => InvalidToken::Claim("iss"),
        ErrorKind::MissingRequiredClaim(_) => InvalidToken::Claim("aud"),
        _ => InvalidToken::Malformed,
    }
}

#[cfg(test)]
mod tests;
