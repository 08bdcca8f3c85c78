//! What the codes of an error mean.

use super::ServiceError;

/// An error that somebody may want to tell from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection is not authorized, or not any more.
    Authentication,
    /// `AccessDeniedException`
    AccessDenied,
    /// `ConditionalCheckFailedException`
    ConditionalCheckFailed,
    /// `IdempotentParameterMismatchException`
    IdempotentParameterMismatch,
    /// `InternalServerError`: a write may have been done or not.
    InternalServerError,
    /// `ItemCollectionSizeLimitExceededException`
    ItemCollectionSizeLimitExceeded,
    /// `LimitExceededException`
    LimitExceeded,
    /// `ProvisionedThroughputExceededException`
    ProvisionedThroughputExceeded,
    /// `RequestLimitExceeded`
    RequestLimitExceeded,
    /// `ResourceInUseException`
    ResourceInUse,
    /// `ResourceNotFoundException`
    ResourceNotFound,
    /// `ThrottlingException`: DynamoDB's, or the node itself has too much to do.
    Throttling,
    /// `TransactionCanceledException`
    TransactionCanceled,
    /// `TransactionConflictException`
    TransactionConflict,
    /// `TransactionInProgressException`
    TransactionInProgress,
    /// `ValidationException`
    Validation,
    /// None of these. The first code tells the class.
    Other,
}

/// Whether a call that failed may be made again, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// It would fail again, or might do something twice.
    Never,
    /// Once, at once, after the connection is authorized anew.
    AfterAuthorization,
    /// After a pause, longer each time.
    AfterBackoff,
    /// When the nodes of the cluster are known anew.
    AfterRefresh,
}

/// DynamoDB's names. The suffix `Exception` may be missing.
const NAMES: [(ErrorKind, &str); 15] = [
    (ErrorKind::AccessDenied, "AccessDeniedException"),
    (ErrorKind::ConditionalCheckFailed, "ConditionalCheckFailedException"),
    (ErrorKind::IdempotentParameterMismatch, "IdempotentParameterMismatchException"),
    (ErrorKind::InternalServerError, "InternalServerError"),
    (ErrorKind::ItemCollectionSizeLimitExceeded, "ItemCollectionSizeLimitExceededException"),
    (ErrorKind::LimitExceeded, "LimitExceededException"),
    (ErrorKind::ProvisionedThroughputExceeded, "ProvisionedThroughputExceededException"),
    (ErrorKind::RequestLimitExceeded, "RequestLimitExceeded"),
    (ErrorKind::ResourceInUse, "ResourceInUseException"),
    (ErrorKind::ResourceNotFound, "ResourceNotFoundException"),
    (ErrorKind::Throttling, "ThrottlingException"),
    (ErrorKind::TransactionCanceled, "TransactionCanceledException"),
    (ErrorKind::TransactionConflict, "TransactionConflictException"),
    (ErrorKind::TransactionInProgress, "TransactionInProgressException"),
    (ErrorKind::Validation, "ValidationException"),
];

impl ServiceError {
    /// What it is: by its name if DynamoDB gave it one, else by its codes.
    pub fn kind(&self) -> ErrorKind {
        if let [_, 23, 31, _, ..] = self.codes.as_slice() {
            return ErrorKind::Authentication;
        }
        self.given_name().and_then(kind_of_name).unwrap_or_else(|| kind_of_codes(&self.codes))
    }

    /// The name of the error in DynamoDB's API.
    pub fn name(&self) -> Option<&str> {
        let of_kind = |kind| NAMES.iter().find(|(other, _)| *other == kind).map(|(_, name)| *name);
        match self.kind() {
            ErrorKind::Authentication => Some("UnrecognizedClientException"),
            ErrorKind::Other if self.error_code.is_some() => self.given_name(),
            ErrorKind::Other if self.class() != 4 => of_kind(ErrorKind::InternalServerError),
            kind => of_kind(kind),
        }
    }

    /// The status that DynamoDB would have answered with.
    pub fn status(&self) -> u16 {
        self.http_status.unwrap_or(if self.class() == 4 { 400 } else { 500 })
    }

    /// Whether the call may be made again. `is_read` says whether it changes nothing: if a write may have been done or
    /// not, it is not done again.
    pub fn retry(&self, is_read: bool) -> Retry {
        match self.kind() {
            ErrorKind::Authentication => Retry::AfterAuthorization,
            ErrorKind::LimitExceeded
            | ErrorKind::ProvisionedThroughputExceeded
            | ErrorKind::RequestLimitExceeded
            | ErrorKind::Throttling
            | ErrorKind::TransactionConflict
            | ErrorKind::TransactionInProgress => Retry::AfterBackoff,
            ErrorKind::TransactionCanceled if self.only_transient_reasons() => Retry::AfterBackoff,
            ErrorKind::InternalServerError | ErrorKind::Other => self.retry_by_class(is_read),
            _ => Retry::Never,
        }
    }

    fn retry_by_class(&self, is_read: bool) -> Retry {
        let from_dynamodb = self.kind() == ErrorKind::InternalServerError;
        let outcome_unknown = from_dynamodb || matches!(self.codes.as_slice(), [1, 37, 38, 53 | 55, ..]);
        match self.class() {
            3 => Retry::Never,
            _ if outcome_unknown && !is_read => Retry::Never,
            1 => Retry::AfterBackoff,
            2 => Retry::AfterRefresh,
            _ if from_dynamodb => Retry::AfterBackoff,
            _ => Retry::Never,
        }
    }

    fn only_transient_reasons(&self) -> bool {
        let mut failed = self.reasons.iter().filter(|reason| !reason.is_none()).peekable();
        failed.peek().is_some() && failed.all(super::Reason::is_transient)
    }

    fn class(&self) -> i64 {
        self.codes.first().copied().unwrap_or_default()
    }

    /// DynamoDB's name without the namespace that may stand before it.
    fn given_name(&self) -> Option<&str> {
        let name = self.error_code.as_deref()?;
        Some(name.rsplit_once('#').map_or(name, |(_, name)| name)).filter(|name| !name.is_empty())
    }
}

fn kind_of_name(name: &str) -> Option<ErrorKind> {
    let stem = |name| str::strip_suffix(name, "Exception").unwrap_or(name);
    NAMES.iter().find(|(_, other)| stem(other) == stem(name)).map(|(kind, _)| *kind)
}

/// The third code is not looked at: the official clients do not either.
fn kind_of_codes(codes: &[i64]) -> ErrorKind {
    match codes {
        [4, 23, 24, ..] | [_, 37, _, 39, 41, ..] => ErrorKind::ResourceNotFound,
        [4, 23, 35, ..] | [_, 37, _, 39, 45, ..] => ErrorKind::ResourceInUse,
        [_, 37, _, 39, 40, ..] => ErrorKind::ProvisionedThroughputExceeded,
        [_, 37, _, 39, 43, ..] => ErrorKind::ConditionalCheckFailed,
        [_, 37, _, 39, 46, ..] | [_, 37, _, 44, ..] => ErrorKind::Validation,
        [_, 37, _, 39, 47, ..] | [3, 37, 54, ..] => ErrorKind::InternalServerError,
        [_, 37, _, 39, 48, ..] => ErrorKind::ItemCollectionSizeLimitExceeded,
        [_, 37, _, 39, 49, ..] => ErrorKind::LimitExceeded,
        [_, 37, _, 39, 50, ..] => ErrorKind::Throttling,
        [_, 37, _, 39, 57, ..] => ErrorKind::TransactionConflict,
        [_, 37, _, 39, 58, ..] => ErrorKind::TransactionCanceled,
        [_, 37, _, 39, 59, ..] => ErrorKind::TransactionInProgress,
        [_, 37, _, 39, 60, ..] => ErrorKind::IdempotentParameterMismatch,
        [_, 37, _, 39, 61, ..] => ErrorKind::RequestLimitExceeded,
        [_, 37, _, 42, ..] => ErrorKind::AccessDenied,
        _ => ErrorKind::Other,
    }
}
