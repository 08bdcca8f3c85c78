//! Errors of DynamoDB are told so that the client gives them back.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, ErrorMetadata, ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use dax_client::protocol::error::{ErrorKind, OperationError as _, Retry, ServiceError};
use dax_client::protocol::frame::Response;
use dax_client::protocol::operation::Operation as _;
use serde_json::json;

use super::super::{CallError, Request, refusal, service_error, write_error};
use super::fixture::{Fixture, Known, attempts, cases};
use super::json::{item, unhex};
use super::{fixture, request};

/// A request of the recorded ones.
fn recorded(name: &str, fixture: &Fixture) -> Request {
    let case = cases(&fixture.node).iter().find(|case| case["name"] == name).unwrap();
    let attempt = attempts(case).last().unwrap();
    request(&unhex(attempt["request_hex"].as_str().unwrap()), &fixture.known)
}

fn response(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), "".into())
}

/// The error as it arrives.
fn sent(error: &ServiceError) -> ServiceError {
    let mut bytes = Vec::new();
    write_error(error, &mut bytes);
    match Response::parse(&bytes) {
        Ok(Response::Error(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_of_dynamodb_come_back_with_their_names() {
    let fixture = fixture();
    let request = recorded("get_hit", &fixture);
    let names = [
        ("AccessDeniedException", 400, ErrorKind::AccessDenied, 4),
        ("ConditionalCheckFailedException", 400, ErrorKind::ConditionalCheckFailed, 5),
        ("InternalServerError", 500, ErrorKind::InternalServerError, 5),
        ("ItemCollectionSizeLimitExceededException", 400, ErrorKind::ItemCollectionSizeLimitExceeded, 5),
        ("ProvisionedThroughputExceededException", 400, ErrorKind::ProvisionedThroughputExceeded, 5),
        ("RequestLimitExceeded", 400, ErrorKind::RequestLimitExceeded, 5),
        ("ResourceNotFoundException", 400, ErrorKind::ResourceNotFound, 5),
        ("ThrottlingException", 400, ErrorKind::Throttling, 5),
        ("TransactionConflictException", 400, ErrorKind::TransactionConflict, 5),
        ("ValidationException", 400, ErrorKind::Validation, 5),
        ("SomethingNewException", 400, ErrorKind::Other, 5),
        ("ServiceUnavailable", 503, ErrorKind::Other, 4),
    ];
    for (name, status, kind, codes) in names {
        let metadata =
            ErrorMetadata::builder().code(name).message("why").custom("aws_request_id", "ID").build();
        let error = SdkError::service_error(GetItemError::generic(metadata), response(status));
        let error = sent(&service_error(&request, &error, &fixture.known).unwrap());
        assert_eq!((error.kind(), error.codes.len(), error.status()), (kind, codes, status), "{name}");
        assert_eq!(error.request_id.as_deref(), Some("ID"));
        let codes_alone = ServiceError { error_code: None, ..error.clone() };
        assert!(codes_alone.kind() == kind || kind == ErrorKind::Other, "{name}: the codes alone say it");
        let error = GetItemError::from_service(&error, None);
        assert_eq!((error.code(), error.message()), (Some(name), Some("why")));
    }
}

#[test]
fn a_cancelled_transaction_comes_back_with_reasons_and_items() {
    let fixture = fixture();
    let request = recorded("transact_write_cancelled", &fixture);
    let Request::TransactWriteItems(transaction) = &request else { panic!("a transaction") };
    let part = transaction.input.transact_items().last().unwrap();
    let key = part.update().map(|update| update.key().clone());
    let key = key.or_else(|| part.condition_check().map(|check| check.key().clone()));
    let key = key.or_else(|| part.delete().map(|delete| delete.key().clone()));
    let mut stored = item(&json!({"on": {"BOOL": true}, "ver": {"N": "7"}, "body": {"S": "hello"}})).unwrap();
    stored.extend(key.unwrap());
    let none = CancellationReason::builder().code("None").build();
    let failed = CancellationReason::builder()
        .code("ConditionalCheckFailed")
        .message("The conditional request failed")
        .set_item(Some(stored))
        .build();
    let mut reasons = vec![none; transaction.input.transact_items().len()];
    *reasons.last_mut().unwrap() = failed;
    let metadata = ErrorMetadata::builder().code("TransactionCanceledException").message("cancelled").build();
    let cancelled = TransactionCanceledException::builder()
        .message("cancelled")
        .set_cancellation_reasons(Some(reasons.clone()))
        .meta(metadata)
        .build();
    let error = SdkError::service_error(
        TransactWriteItemsError::TransactionCanceledException(cancelled),
        response(400),
    );

    let known = Known { schemas: fixture.known.schemas.clone(), ..Known::default() };
    let missing = service_error(&request, &error, &known);
    assert!(matches!(missing, Err(CallError::Lookups(lookups)) if lookups.len() == 1));

    let error = sent(&service_error(&request, &error, &fixture.known).unwrap());
    assert_eq!(error.codes, [4, 37, 38, 39, 58]);
    let (_, plan) = transaction.input.encode(&fixture.known).unwrap();
    assert_eq!(transaction.input.cancellation_reasons(&plan, &error, &fixture.known), Ok(reasons));
}

#[test]
fn what_never_reached_dynamodb_is_told_from_what_may_have() {
    let fixture = fixture();
    let request = recorded("get_hit", &fixture);
    let told = |error| sent(&service_error::<GetItemError>(&request, &error, &fixture.known).unwrap());
    let not_sent = told(SdkError::construction_failure(BuildError::other("no")));
    assert_eq!((not_sent.kind(), not_sent.retry(false)), (ErrorKind::Validation, Retry::Never));
    let unknown = told(SdkError::timeout_error("late"));
    assert_eq!((unknown.retry(true), unknown.retry(false)), (Retry::AfterBackoff, Retry::Never));
}

#[test]
fn the_clusters_own_errors_are_what_they_say() {
    for kind in [ErrorKind::Authentication, ErrorKind::Throttling, ErrorKind::ResourceNotFound] {
        let error = sent(&refusal(kind, "why"));
        assert_eq!((error.kind(), error.message.as_str()), (kind, "why"));
    }
    assert_eq!(refusal(ErrorKind::Authentication, "").codes, [4, 23, 31, 33]);
    assert_eq!(refusal(ErrorKind::InternalServerError, "").status(), 500);
}
