//! Who is asking: an SDK key on the evaluation plane, an access token from an OpenID Connect issuer on the management plane.

mod authenticator;
mod bearer;
mod claims;
mod config;
mod crypto;
mod error;
mod jwks;
mod sdk_key;
mod signing_key;
#[cfg(test)]
mod testing;

pub use authenticator::{Authenticator, open};
pub use bearer::bearer_token;
pub use config::Config;
pub use error::{AuthError, FetchError, InvalidToken, InvalidUrl};
pub use jwks::KeySet;
pub use sdk_key::{NoEntropy, SdkKey};
pub use signing_key::{SignError, SigningKey};
