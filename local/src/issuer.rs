//! Who may manage the local server: whoever holds a token of its own issuer, or of one that it is told to trust.

use std::{sync::Arc, time::Duration};

use pennon_auth::{Authenticator, Config, SignError, SigningKey};
use pennon_domain::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::{StartError, config::Options};

/// The issuer of the local tokens. Nothing is served there: its keys never leave the process.
const ISSUER: &str = "http://127.0.0.1/pennon-local";
/// For whom the local tokens are.
const AUDIENCE: &str = "pennon";
/// Who the audit says that the developer is.
const ADMIN: &str = "local-admin";
/// For how long a token works: a working day. Each start makes new ones.
const LIFETIME: Duration = Duration::from_hours(12);

/// An issuer in the process, with a key that ends with it.
#[derive(Debug)]
pub struct LocalIssuer {
    key: SigningKey,
}

impl LocalIssuer {
    /// Makes an issuer with a new key.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new() -> Result<Self, StartError> {
        Ok(Self { key: SigningKey::generate()? })
    }

    /// Verifies the tokens of this issuer, and no others.
    pub fn authenticator(&self) -> Authenticator {
        Authenticator::with_keys(Config::new(ISSUER, AUDIENCE), self.key.key_set(), Arc::new(SystemClock))
    }

    /// The claims of a token that is valid from now on, with those grants.
    pub fn claims(subject: &str, grants: &[&str]) -> Value {
        let now = SystemClock.now();
        json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now.as_secs(),
            "exp": now.plus(LIFETIME).as_secs(),
            (Config::ROLES_CLAIM): grants,
        })
    }

    /// A token of any claims.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> Result<String, SignError> {
        self.key.sign(claims)
    }
}

/// Who may manage, and the token of the developer if this process can make one.
pub(crate) struct Identity {
    pub(crate) authenticator: Authenticator,
    pub(crate) admin_token: Option<String>,
}

impl Identity {
    /// The issuer that the options name, else one of our own.
    pub(crate) async fn new(options: &Options) -> Result<Self, StartError> {
        let Some(config) = options.tokens() else {
            let issuer = LocalIssuer::new()?;
            let admin_token = issuer.sign(&LocalIssuer::claims(ADMIN, &["admin"]))?;
            return Ok(Self { authenticator: issuer.authenticator(), admin_token: Some(admin_token) });
        };
        Ok(Self { authenticator: Authenticator::open(config).await?, admin_token: None })
    }
}
