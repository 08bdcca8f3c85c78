//! Why a request was not sent.

use crate::protocol::error::ServiceError;
use crate::protocol::expression::ExpressionError;
use crate::protocol::lookup::Lookup;
use crate::protocol::value::EncodeError;

/// A request cannot be written.
///
/// But for [`Lookups`](Self::Lookups), the text of each is what a caller of DynamoDB expects as the message of a
/// `ValidationException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Something of the cluster must be known first. Look these up, and try again.
    #[error("keys or attribute lists must be looked up first")]
    Lookups(Vec<Lookup>),
    /// A parameter that the operation needs.
    #[error(
        "1 validation error detected: Value null at '{0}' failed to satisfy constraint: Member must not be null"
    )]
    Missing(&'static str),
    /// A list or map that must have entries has none.
    #[error(
        "1 validation error detected: Value at '{0}' failed to satisfy constraint: Member must have length \
         greater than or equal to 1"
    )]
    Empty(&'static str),
    /// More entries than DynamoDB takes.
    #[error(
        "1 validation error detected: Value at '{parameter}' failed to satisfy constraint: Member must have \
         length less than or equal to {max}"
    )]
    TooMany {
        /// The list or map.
        parameter: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// A number that is too small.
    #[error(
        "1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: Member must \
         have value greater than or equal to {min}"
    )]
    TooSmall {
        /// The number.
        parameter: &'static str,
        /// What was given.
        value: i32,
        /// The least that is allowed.
        min: i32,
    },
    /// A parameter that DAX has no place for: one that expressions have replaced, or one that its protocol lacks.
    #[error("DAX does not support the parameter {0}")]
    Unsupported(&'static str),
    /// A value of an enumeration that this version does not know.
    #[error("DAX does not support the value '{value}' of the parameter {parameter}")]
    UnsupportedValue {
        /// The parameter.
        parameter: &'static str,
        /// The value.
        value: String,
    },
    /// Two parts of a batch or of a transaction are about the same item.
    #[error("Provided list of item keys contains duplicates")]
    DuplicateKeys,
    /// A part of a batch that says not exactly one thing to do.
    #[error("Supplied WriteRequest must contain exactly one of PutRequest or DeleteRequest")]
    NotOneWrite,
    /// A part of a transaction that says not exactly one thing to do.
    #[error("TransactItems can only contain one of Check, Put, Update or Delete")]
    NotOneAction,
    /// A query without a condition on the key.
    #[error("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")]
    NoKeyCondition,
    /// An expression, or the names and values for it.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// A key or an item.
    #[error(transparent)]
    Value(#[from] EncodeError),
}

impl RequestError {
    /// The error that the server would have answered with, so that callers need not know who refused.
    pub fn to_service_error(&self) -> ServiceError {
        ServiceError {
            codes: vec![4, 37, 38, 39, 46],
            message: self.to_string(),
            request_id: None,
            error_code: Some("ValidationException".to_owned()),
            http_status: Some(400),
            reasons: Vec::new(),
        }
    }
}
