//! The keys of an issuer: where they are, when they are fetched, and which of them are used.

mod cache;
mod fetch;
mod key_set;
mod remote;
#[cfg(test)]
mod tests;
mod url;

pub use self::key_set::KeySet;
pub(crate) use self::{key_set::VerificationKey, remote::RemoteKeys};
