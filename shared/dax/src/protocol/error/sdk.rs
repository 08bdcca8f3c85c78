//! Errors as the AWS SDK has them, so that callers need not know who answered.

use aws_sdk_dynamodb::error::ErrorMetadata;
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
use aws_sdk_dynamodb::types::{CancellationReason, error as types};

use super::ServiceError;

/// Where the SDK looks for the id of a request.
const REQUEST_ID: &str = "aws_request_id";

/// The error type of an operation of the SDK.
pub trait OperationError: Sized {
    /// The error that DynamoDB itself would have given.
    ///
    /// `reasons` are those of the error with their items decoded; without them, the error's own are taken.
    fn from_service(error: &ServiceError, reasons: Option<Vec<CancellationReason>>) -> Self;
}

impl ServiceError {
    /// Why a transaction was cancelled, without items.
    pub fn cancellation_reasons(&self) -> Vec<CancellationReason> {
        let reason = |reason: &super::Reason| {
            CancellationReason::builder()
                .set_code(reason.code.clone())
                .set_message(reason.message.clone())
                .build()
        };
        self.reasons.iter().map(reason).collect()
    }

    fn metadata(&self) -> ErrorMetadata {
        let mut metadata = ErrorMetadata::builder().message(&self.message);
        if let Some(name) = self.name() {
            metadata = metadata.code(name);
        }
        if let Some(id) = &self.request_id {
            metadata = metadata.custom(REQUEST_ID, id);
        }
        metadata.build()
    }
}

/// Errors that the operation has a type for become it; others are generic, told apart by their code as with the SDK.
macro_rules! operation_errors {
    ($($operation:ident { $($variant:ident)* } $([$cancelled:ident])?)*) => {
        $(
            impl OperationError for $operation {
                fn from_service(error: &ServiceError, reasons: Option<Vec<CancellationReason>>) -> Self {
                    let (name, metadata) = (error.name().unwrap_or_default(), error.metadata());
                    $(
                        if name == stringify!($variant) {
                            let builder = types::$variant::builder().message(&error.message);
                            return Self::$variant(builder.meta(metadata).build());
                        }
                    )*
                    $(
                        if name == stringify!($cancelled) {
                            let reasons = reasons.unwrap_or_else(|| error.cancellation_reasons());
                            let builder = types::$cancelled::builder().message(&error.message);
                            let builder = builder.set_cancellation_reasons(Some(reasons));
                            return Self::$cancelled(builder.meta(metadata).build());
                        }
                    )?
                    drop(reasons);
                    Self::generic(metadata)
                }
            }
        )*
    };
}

operation_errors! {
    GetItemError {
        InternalServerError InvalidEndpointException ProvisionedThroughputExceededException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    }
    QueryError {
        InternalServerError InvalidEndpointException ProvisionedThroughputExceededException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    }
    ScanError {
        InternalServerError InvalidEndpointException ProvisionedThroughputExceededException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    }
    BatchGetItemError {
        InternalServerError InvalidEndpointException ProvisionedThroughputExceededException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    }
    PutItemError {
        ConditionalCheckFailedException InternalServerError InvalidEndpointException
        ItemCollectionSizeLimitExceededException ProvisionedThroughputExceededException
        ReplicatedWriteConflictException RequestLimitExceeded ResourceNotFoundException ThrottlingException
        TransactionConflictException
    }
    UpdateItemError {
        ConditionalCheckFailedException InternalServerError InvalidEndpointException
        ItemCollectionSizeLimitExceededException ProvisionedThroughputExceededException
        ReplicatedWriteConflictException RequestLimitExceeded ResourceNotFoundException ThrottlingException
        TransactionConflictException
    }
    DeleteItemError {
        ConditionalCheckFailedException InternalServerError InvalidEndpointException
        ItemCollectionSizeLimitExceededException ProvisionedThroughputExceededException
        ReplicatedWriteConflictException RequestLimitExceeded ResourceNotFoundException ThrottlingException
        TransactionConflictException
    }
    BatchWriteItemError {
        InternalServerError InvalidEndpointException ItemCollectionSizeLimitExceededException
        ProvisionedThroughputExceededException ReplicatedWriteConflictException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    }
    TransactGetItemsError {
        InternalServerError InvalidEndpointException ProvisionedThroughputExceededException RequestLimitExceeded
        ResourceNotFoundException ThrottlingException
    } [TransactionCanceledException]
    TransactWriteItemsError {
        IdempotentParameterMismatchException InternalServerError InvalidEndpointException
        ProvisionedThroughputExceededException RequestLimitExceeded ResourceNotFoundException ThrottlingException
        TransactionInProgressException
    } [TransactionCanceledException]
}
