//! What can go wrong between a handler and its data.

use crate::SnapshotError;

/// Why the store could not answer. It lives here, not in the store, because the edge decides by it and knows no store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data cannot be reached now, or not in time, and nothing recent enough is at hand. Worth another try.
    #[error("the data is unavailable: {context}")]
    Unavailable {
        /// What was being done.
        context: &'static str,
        /// The cause, for the log; never for the caller.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// What was read is not what was written.
    #[error("the data is damaged: {context}")]
    Damaged {
        /// What was being read.
        context: &'static str,
        /// The cause, for the log; never for the caller.
        #[source]
        source: Option<SnapshotError>,
    },
    /// Somebody else changed it first.
    #[error("the data changed meanwhile")]
    Conflict,
}

/// An error and what caused it, in one line, for the log. Only their texts: the `Debug` of an AWS SDK error shows what was sent
/// and received.
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
