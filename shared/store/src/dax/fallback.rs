//! Why DynamoDB is read although there is a DAX.

use std::{error::Error, fmt};

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
    pub(super) fn of<E: Error + 'static, R: fmt::Debug + 'static>(error: &SdkError<E, R>) -> Self {
        match (fault(error), error) {
            (Some(Fault::BreakerOpen), _) => Self::Breaker,
            (Some(Fault::Timeout(_)), _) => Self::Deadline,
            (Some(Fault::Malformed(_)), _) => Self::Malformed,
            (Some(Fault::Credentials(_)), _) => Self::Request,
            (Some(_), _) => Self::Connection,
            (None, SdkError::ServiceError(_)) => Self::Refused,
            (None, _) => Self::Request,
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

#[cfg(test)]
mod tests {
    use std::{io, time::Duration};

    use aws_sdk_dynamodb::{
        error::ConnectorError, operation::batch_get_item::BatchGetItemError,
        types::error::RequestLimitExceeded,
    };
    use dax_client::protocol::cbor::DecodeError;

    use super::*;

    fn of(error: &SdkError<BatchGetItemError, ()>) -> &'static str {
        Fallback::of(error).as_str()
    }

    fn dispatch(fault: Fault) -> SdkError<BatchGetItemError, ()> {
        SdkError::dispatch_failure(ConnectorError::other(fault.into(), None))
    }

    #[test]
    fn what_the_client_says_happened_decides_wherever_it_is_among_the_causes() {
        assert_eq!(of(&dispatch(Fault::BreakerOpen)), "breaker");
        assert_eq!(of(&dispatch(Fault::Closed)), "connection");
        assert_eq!(of(&dispatch(Fault::Io(io::ErrorKind::BrokenPipe.into()))), "connection");
        assert_eq!(of(&dispatch(Fault::Credentials("none".into()))), "request");
        assert_eq!(of(&SdkError::timeout_error(Fault::Timeout(Duration::ZERO))), "deadline");
        let malformed = DecodeError::Malformed("by the test");
        assert_eq!(of(&SdkError::response_error(Fault::Malformed(malformed), ())), "malformed");
    }

    #[test]
    fn every_reason_is_documented() {
        let documented = include_str!("../../../../docs/METRICS.md");
        let (_, reasons) = include_str!("fallback.rs").split_once("match self {").unwrap();
        let (reasons, _) = reasons.split_once("        }\n").unwrap();
        let reasons: Vec<_> = reasons.split('"').skip(1).step_by(2).collect();
        assert_eq!(reasons.len(), 11);
        for reason in reasons {
            assert!(documented.contains(&format!("\n| `{reason}` |")), "{reason}");
        }
    }

    #[test]
    fn an_error_of_the_service_is_a_refusal_and_anything_else_a_request_that_was_not_made() {
        let error = BatchGetItemError::RequestLimitExceeded(RequestLimitExceeded::builder().build());
        assert_eq!(of(&SdkError::service_error(error, ())), "refused");
        assert_eq!(of(&SdkError::construction_failure("by the test")), "request");
    }
}
