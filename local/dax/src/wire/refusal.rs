//! Errors of the AWS SDK as DAX tells them: by codes.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId as _;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::scan::ScanError;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use dax_client::protocol::cbor::Encoder;
use dax_client::protocol::error::{ErrorKind, Reason, ServiceError};
use dax_client::protocol::lookup::{Lookups, Metadata};

use super::response::encode_blob;
use super::{CallError, Request};

/// The error type of an operation that DAX serves.
pub(crate) trait Refusal: ProvideErrorMetadata {
    /// Why a transaction was cancelled, one for each part; empty if that is not the error.
    fn cancellation_reasons(&self) -> &[CancellationReason] {
        &[]
    }
}

macro_rules! refusals {
    ($($error:ty),+) => { $(impl Refusal for $error {})+ };
}

refusals!(
    GetItemError,
    PutItemError,
    UpdateItemError,
    DeleteItemError,
    QueryError,
    ScanError,
    BatchGetItemError,
    BatchWriteItemError
);

impl Refusal for TransactGetItemsError {
    fn cancellation_reasons(&self) -> &[CancellationReason] {
        match self {
            Self::TransactionCanceledException(cancelled) => cancelled.cancellation_reasons(),
            _ => &[],
        }
    }
}

impl Refusal for TransactWriteItemsError {
    fn cancellation_reasons(&self) -> &[CancellationReason] {
        match self {
            Self::TransactionCanceledException(cancelled) => cancelled.cancellation_reasons(),
            _ => &[],
        }
    }
}

/// The error that DAX answers with when DynamoDB gives this one.
///
/// If DynamoDB could not be reached, or did not answer, it is one after which nobody knows whether a write was done.
///
/// Fails only for want of [lookups](CallError::Lookups): the lists of the items of cancelled transactions.
pub(crate) fn service_error<E: Refusal>(
    request: &Request,
    error: &SdkError<E>,
    metadata: &dyn Metadata,
) -> Result<ServiceError, CallError> {
    let reason = match error {
        SdkError::ServiceError(error) => error.err(),
        SdkError::ConstructionFailure(_) => {
            return Ok(refusal(ErrorKind::Validation, "The request is not one that DynamoDB takes"));
        }
        _ => return Ok(refusal(ErrorKind::Other, "DynamoDB did not answer")),
    };
    let status = error.raw_response().map(|response| response.status().as_u16());
    let name = reason.code().unwrap_or_default();
    Ok(ServiceError {
        codes: codes_of(name, status).to_vec(),
        message: reason.message().unwrap_or_default().to_owned(),
        request_id: reason.meta().request_id().map(str::to_owned),
        error_code: reason.code().map(str::to_owned),
        http_status: status,
        reasons: encode_reasons(request, reason.cancellation_reasons(), metadata)?,
    })
}

/// An error that the cluster itself answers with; as DynamoDB would, where DynamoDB has one of this kind.
pub(crate) fn refusal(kind: ErrorKind, message: &str) -> ServiceError {
    let of_dynamodb = KNOWN.iter().find(|known| known.kind == kind);
    let codes = match kind {
        ErrorKind::Authentication => AUTHENTICATION_REQUIRED,
        _ => of_dynamodb.map_or(OUTCOME_UNKNOWN, |known| known.codes),
    };
    ServiceError {
        codes: codes.to_vec(),
        message: message.to_owned(),
        request_id: None,
        error_code: of_dynamodb.map(|known| known.name.to_owned()),
        http_status: of_dynamodb
            .map(|known| if known.kind == ErrorKind::InternalServerError { 500 } else { 400 }),
        reasons: Vec::new(),
    }
}

/// Appends the whole response that tells an error.
pub(crate) fn write_error(error: &ServiceError, out: &mut Vec<u8>) {
    error.encode(&mut Encoder::new(out));
}

/// The connection has to be authorized before the next call.
const AUTHENTICATION_REQUIRED: &[i64] = &[4, 23, 31, 33];

/// The server failed; a write may have been done or not.
const OUTCOME_UNKNOWN: &[i64] = &[1, 37, 38, 53];

/// An error of DynamoDB's that has no code of its own: only its name tells what it is.
const UNNAMED: &[i64] = &[4, 37, 38, 39, 0];

/// An error that has codes of its own.
struct Known {
    kind: ErrorKind,
    name: &'static str,
    codes: &'static [i64],
}

impl Known {
    const fn new(kind: ErrorKind, name: &'static str, codes: &'static [i64]) -> Self {
        Self { kind, name, codes }
    }
}

const KNOWN: [Known; 15] = [
    Known::new(
        ErrorKind::ProvisionedThroughputExceeded,
        "ProvisionedThroughputExceededException",
        &[4, 37, 38, 39, 40],
    ),
    Known::new(ErrorKind::ResourceNotFound, "ResourceNotFoundException", &[4, 37, 38, 39, 41]),
    Known::new(ErrorKind::AccessDenied, "AccessDeniedException", &[4, 37, 38, 42]),
    Known::new(ErrorKind::ConditionalCheckFailed, "ConditionalCheckFailedException", &[4, 37, 38, 39, 43]),
    Known::new(ErrorKind::ResourceInUse, "ResourceInUseException", &[4, 37, 38, 39, 45]),
    Known::new(ErrorKind::Validation, "ValidationException", &[4, 37, 38, 39, 46]),
    Known::new(ErrorKind::InternalServerError, "InternalServerError", &[4, 37, 38, 39, 47]),
    Known::new(
        ErrorKind::ItemCollectionSizeLimitExceeded,
        "ItemCollectionSizeLimitExceededException",
        &[4, 37, 38, 39, 48],
    ),
    Known::new(ErrorKind::LimitExceeded, "LimitExceededException", &[4, 37, 38, 39, 49]),
    Known::new(ErrorKind::Throttling, "ThrottlingException", &[4, 37, 38, 39, 50]),
    Known::new(ErrorKind::TransactionConflict, "TransactionConflictException", &[4, 37, 38, 39, 57]),
    Known::new(ErrorKind::TransactionCanceled, "TransactionCanceledException", &[4, 37, 38, 39, 58]),
    Known::new(ErrorKind::TransactionInProgress, "TransactionInProgressException", &[4, 37, 38, 39, 59]),
    Known::new(
        ErrorKind::IdempotentParameterMismatch,
        "IdempotentParameterMismatchException",
        &[4, 37, 38, 39, 60],
    ),
    Known::new(ErrorKind::RequestLimitExceeded, "RequestLimitExceeded", &[4, 37, 38, 39, 61]),
];

/// The codes of an error of DynamoDB's. One without codes of its own is told by its name.
fn codes_of(name: &str, status: Option<u16>) -> &'static [i64] {
    let known = KNOWN.iter().find(|known| known.name == name).map(|known| known.codes);
    known.unwrap_or(if status.is_some_and(|status| status >= 500) { OUTCOME_UNKNOWN } else { UNNAMED })
}

/// The reasons with what the items hold besides their keys: those are known to the client.
fn encode_reasons(
    request: &Request,
    reasons: &[CancellationReason],
    metadata: &dyn Metadata,
) -> Result<Vec<Reason>, CallError> {
    let mut lookups = Lookups::new(metadata);
    let mut encoded = Vec::with_capacity(reasons.len());
    for (position, reason) in reasons.iter().enumerate() {
        let item = match (reason.item(), request.schema_of_part(position)) {
            (Some(item), Some(schema)) => encode_blob(item, schema, &mut lookups)?,
            _ => None,
        };
        encoded.push(Reason {
            code: reason.code().map(str::to_owned),
            message: reason.message().map(str::to_owned),
            item,
        });
    }
    lookups.finish(Some(encoded)).map_err(CallError::Lookups)
}
