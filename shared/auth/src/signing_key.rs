//! A key that signs tokens: for issuers that live in a process, such as the local server's.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde::Serialize;

use crate::{KeySet, NoEntropy, crypto};

/// The name of the key in its tokens: there is one key, and nobody else's.
const KID: &str = "ephemeral";

/// An Ed25519 key pair that nobody stores: it ends with the process.
pub struct SigningKey {
    key: EncodingKey,
    public: Vec<u8>,
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the claims cannot be signed")]
pub struct SignError(#[from] jsonwebtoken::errors::Error);

impl SigningKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate() -> Result<Self, NoEntropy> {
        crypto::install();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| NoEntropy)?;
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| NoEntropy)?;
        Ok(Self {
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        })
    }

    /// The public key alone, as an issuer publishes it.
    pub fn key_set(&self) -> KeySet {
        KeySet::ed25519(KID, &self.public)
    }

    /// A token of those claims, signed.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SignError> {
        let header = Header { kid: Some(KID.to_owned()), ..Header::new(Algorithm::EdDSA) };
        Ok(jsonwebtoken::encode(&header, claims, &self.key)?)
    }
}

impl fmt::Debug for SigningKey {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}
