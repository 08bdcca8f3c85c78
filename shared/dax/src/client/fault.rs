//! What can go wrong besides what the server refuses, and how the AWS SDK puts it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BoxError, ConnectorError, SdkError};
use aws_smithy_types::body::SdkBody;
use http::StatusCode;

use crate::protocol::cbor::DecodeError;
use crate::protocol::error::ServiceError;

/// A call got no answer, or none that makes sense. It is the source of the `SdkError`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// So many calls have failed in a row that this one was not even tried.
    #[error("the circuit breaker is open")]
    BreakerOpen,
    /// The cluster's name could not be resolved.
    #[error("the name of the cluster cannot be resolved")]
    Resolve(#[source] io::Error),
    /// The cluster has no nodes.
    #[error("the cluster has no nodes")]
    NoRoute,
    /// A connection could not be made: nothing was sent. Where nothing ever answers, a security group may be in the way.
    #[error("no connection to {node}")]
    Connect {
        /// Address and port.
        node: SocketAddr,
        /// What the system or TLS said.
        #[source]
        source: io::Error,
    },
    /// There are no credentials to sign with.
    #[error("no credentials for DAX")]
    Credentials(#[source] BoxError),
    /// There was no answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[source] io::Error),
    /// The server closed the connection instead of answering.
    #[error("the connection was closed before the answer was complete")]
    Closed,
    /// The answer is not what the protocol says.
    #[error("the answer is malformed")]
    Malformed(#[source] DecodeError),
    /// The server does not say what its answer refers to.
    #[error("what the answer refers to cannot be looked up")]
    Lookup(#[source] Box<ServiceError>),
    /// The server asked for more and more to be looked up, or for authorization again and again.
    #[error("the server does not come to an end: {0}")]
    Endless(&'static str),
}

impl Fault {
    /// Whether the call cannot have been done: nothing of it was sent.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            Self::BreakerOpen
                | Self::NoRoute
                | Self::Resolve(_)
                | Self::Connect { .. }
                | Self::Credentials(_)
        )
    }

    /// As the AWS SDK says it when HTTP fails likewise.
    pub(super) fn into_sdk_error<E>(self) -> SdkError<E> {
        match self {
            Self::Timeout(_) => SdkError::timeout_error(self),
            Self::Malformed(_) | Self::Lookup(_) | Self::Endless(_) => {
                SdkError::response_error(self, response(500))
            }
            Self::Connect { .. } => {
                SdkError::dispatch_failure(ConnectorError::io(self.into()).never_connected())
            }
            Self::Resolve(_) | Self::Io(_) | Self::Closed => {
                SdkError::dispatch_failure(ConnectorError::io(self.into()))
            }
            Self::BreakerOpen | Self::NoRoute | Self::Credentials(_) => {
                SdkError::dispatch_failure(ConnectorError::other(self.into(), None))
            }
        }
    }
}

/// The response that goes with an error where the SDK wants one. DAX has no HTTP: it is empty.
pub(super) fn response(status: u16) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::new(status.into(), SdkBody::empty())
}
