//! Why a call was not understood, or its response not written.

use dax_client::protocol::cbor::DecodeError;
use dax_client::protocol::error::{ErrorKind, ServiceError};
use dax_client::protocol::lookup::Lookup;
use dax_client::protocol::value::EncodeError;

use super::refusal;

/// A call cannot be read, or its response not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Something must be known first. Answer these, and do the same again. What comes back twice is not known to anybody:
    /// a table that does not exist, or a list that was never defined.
    #[error("keys or attribute lists must be looked up first")]
    Lookups(Vec<Lookup>),
    /// The client is to be told this. The connection is as good as before.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The bytes are not what the method takes.
    #[error("the call is malformed: {0}")]
    Malformed(#[from] DecodeError),
}

impl From<EncodeError> for CallError {
    /// DynamoDB answered with an item that cannot travel.
    fn from(error: EncodeError) -> Self {
        Self::Refused(refusal(ErrorKind::InternalServerError, &error.to_string()))
    }
}
