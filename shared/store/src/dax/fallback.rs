//! Why DynamoDB is read although there is a DAX.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use dax_client::Fault;

/// Why DAX gave no snapshot: for the metrics and the log, since what follows is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fallback {
    /// The version is so new that DAX is not asked for it yet.
    Settling,
    /// DAX had nothing right for this version a while ago, and is not asked again.
    Distrusted,
    /// DAX failed so often that it is left alone for a while.
    Breaker,
    /// No answer in time.
    Deadline,
    /// No connection, or it broke.
    Connection,
    /// DAX answered with an error.
    Refused,
    /// An answer that cannot be read.
    Malformed,
    /// The request could not be made, for want of credentials for example.
    Request,
    /// DAX did not get round to some of the chunks.
    Unprocessed,
    /// DAX knows nothing of some of the chunks.
    Missing,
    /// What DAX has is not what HEAD announced.
    Wrong,
}

impl Fallback {
    /// What became of a call that failed.
    pub(super) fn of<E: Error + 'static>(error: &SdkError<E>) -> Self {
        match error {
            SdkError::TimeoutError(_) => Self::Deadline,
            SdkError::ServiceError(_) => Self::Refused,
            SdkError::ResponseError(_) => Self::Malformed,
            SdkError::DispatchFailure(_) => match fault(error) {
                Some(Fault::BreakerOpen) => Self::Breaker,
                Some(Fault::Credentials(_)) => Self::Request,
                _ => Self::Connection,
            },
            _ => Self::Request,
        }
    }

    /// Its name in metrics: docs/METRICS.md lists them.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Settling => "settling",
            Self::Distrusted => "distrusted",
            Self::Breaker => "breaker",
            Self::Deadline => "deadline",
            Self::Connection => "connection",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Request => "request",
            Self::Unprocessed => "unprocessed",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
        }
    }
}

/// What the client says happened, wherever it is among the causes.
fn fault<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Fault> {
    error.downcast_ref().or_else(|| fault(error.source()?))
}
