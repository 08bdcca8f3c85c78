//! Why a response was not understood.

use crate::protocol::cbor::DecodeError;
use crate::protocol::lookup::Lookup;

/// A response cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// Attribute lists must be known first. Look these up, and read the same response again.
    #[error("attribute lists must be looked up first")]
    Lookups(Vec<Lookup>),
    /// An item does not fit the names that its list is said to have. Forget them, look the list up anew, and read the
    /// same response again: the call need not be repeated. If it fails again, the response is malformed.
    #[error("an item does not fit attribute list {list}: {source}")]
    StaleList {
        /// The id of the list.
        list: i64,
        /// How it does not fit.
        source: DecodeError,
    },
    /// The bytes are not what the method answers with.
    #[error("the response is malformed: {0}")]
    Malformed(#[from] DecodeError),
}
