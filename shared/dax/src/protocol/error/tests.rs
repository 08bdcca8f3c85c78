use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

use super::*;

fn error(codes: &[i64]) -> ServiceError {
    ServiceError {
        codes: codes.to_vec(),
        message: "why".to_owned(),
        request_id: None,
        error_code: None,
        http_status: None,
        reasons: Vec::new(),
    }
}

fn named(codes: &[i64], name: &str) -> ServiceError {
    ServiceError { error_code: Some(name.to_owned()), ..error(codes) }
}

fn reason(code: &str) -> Reason {
    Reason { code: Some(code.to_owned()), ..Reason::default() }
}

fn cancelled(reasons: &[&str]) -> ServiceError {
    ServiceError { reasons: reasons.iter().map(|code| reason(code)).collect(), ..error(&[4, 37, 38, 39, 58]) }
}

#[test]
fn codes_tell_the_error_and_what_to_do() {
    use Retry::{AfterAuthorization, AfterBackoff, AfterRefresh, Never};
    let table: [(&[i64], ErrorKind, Retry, Retry); 27] = [
        (&[4, 23, 24], ErrorKind::ResourceNotFound, Never, Never),
        (&[4, 37, 38, 39, 41], ErrorKind::ResourceNotFound, Never, Never),
        (&[4, 23, 35], ErrorKind::ResourceInUse, Never, Never),
        (&[4, 37, 38, 39, 45], ErrorKind::ResourceInUse, Never, Never),
        (&[4, 23, 31, 33], ErrorKind::Authentication, AfterAuthorization, AfterAuthorization),
        (&[4, 23, 31, 32], ErrorKind::Authentication, AfterAuthorization, AfterAuthorization),
        (&[4, 23, 31, 34], ErrorKind::Authentication, AfterAuthorization, AfterAuthorization),
        (&[4, 37, 38, 39, 40], ErrorKind::ProvisionedThroughputExceeded, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 39, 43], ErrorKind::ConditionalCheckFailed, Never, Never),
        (&[4, 37, 38, 39, 46], ErrorKind::Validation, Never, Never),
        (&[4, 37, 38, 44], ErrorKind::Validation, Never, Never),
        (&[1, 37, 38, 39, 47], ErrorKind::InternalServerError, AfterBackoff, Never),
        (&[4, 37, 38, 39, 47], ErrorKind::InternalServerError, AfterBackoff, Never),
        (&[4, 37, 38, 39, 48], ErrorKind::ItemCollectionSizeLimitExceeded, Never, Never),
        (&[4, 37, 38, 39, 49], ErrorKind::LimitExceeded, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 39, 50], ErrorKind::Throttling, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 39, 57], ErrorKind::TransactionConflict, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 39, 58], ErrorKind::TransactionCanceled, Never, Never),
        (&[4, 37, 38, 39, 59], ErrorKind::TransactionInProgress, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 39, 60], ErrorKind::IdempotentParameterMismatch, Never, Never),
        (&[4, 37, 38, 39, 61], ErrorKind::RequestLimitExceeded, AfterBackoff, AfterBackoff),
        (&[4, 37, 38, 42], ErrorKind::AccessDenied, Never, Never),
        (&[1, 37, 38, 53], ErrorKind::Other, AfterBackoff, Never),
        (&[1, 37, 38, 55], ErrorKind::Other, AfterBackoff, Never),
        (&[1, 2, 3], ErrorKind::Other, AfterBackoff, AfterBackoff),
        (&[2], ErrorKind::Other, AfterRefresh, AfterRefresh),
        (&[3, 37, 54], ErrorKind::InternalServerError, Never, Never),
    ];
    for (codes, kind, read, write) in table {
        let error = error(codes);
        assert_eq!((error.kind(), error.retry(true), error.retry(false)), (kind, read, write), "{codes:?}");
    }
}

#[test]
fn a_name_says_more_than_codes_and_may_have_a_namespace() {
    let throttled = named(&[9, 9], "com.amazonaws.dynamodb.v20120810#ThrottlingException");
    assert_eq!((throttled.kind(), throttled.name()), (ErrorKind::Throttling, Some("ThrottlingException")));
    let internal = named(&[1, 37, 38, 39, 47], "InternalServerErrorException");
    assert_eq!(
        (internal.kind(), internal.name()),
        (ErrorKind::InternalServerError, Some("InternalServerError"))
    );
    assert_eq!(named(&[4, 1], "NewException").name(), Some("NewException"));
    assert_eq!(named(&[4, 23, 31, 33], "AccessDeniedException").kind(), ErrorKind::Authentication);
}

#[test]
fn a_cancelled_transaction_is_tried_again_only_if_nothing_lasting_was_wrong() {
    assert_eq!(cancelled(&["None", "TransactionConflict"]).retry(false), Retry::AfterBackoff);
    assert_eq!(cancelled(&["ThrottlingError", "ConditionalCheckFailed"]).retry(false), Retry::Never);
    assert_eq!(cancelled(&["None"]).retry(false), Retry::Never);
}

#[test]
fn details_may_be_missing_or_more_than_known() {
    let decode = |details: &[u8]| {
        let bytes = [&[0x81, 0x04, 0x60], details].concat();
        ServiceError::decode(&mut Decoder::new(&bytes))
    };
    let plain = ServiceError { message: String::new(), ..error(&[4]) };
    assert_eq!(decode(&[0xf6]), Ok(plain.clone()));
    assert_eq!(decode(&[0x83, 0xf6, 0xf6, 0xf6]), Ok(plain.clone()));
    assert_eq!(decode(&[0x85, 0xf6, 0xf6, 0xf6, 0xf6, 0x07]), Ok(plain));
    assert!(decode(&[0x84, 0xf6, 0xf6, 0xf6, 0x82, 0xf6, 0xf6]).is_err(), "two thirds of a reason");
    let no_codes = ServiceError::decode(&mut Decoder::new(&[0x80, 0x60, 0xf6]));
    assert_eq!(no_codes, Err(DecodeError::Malformed("an error without codes")));
}

#[test]
fn status_and_name_are_known_without_details() {
    assert_eq!((error(&[4, 99]).status(), error(&[4, 99]).name()), (400, None));
    assert_eq!((error(&[2]).status(), error(&[2]).name()), (500, Some("InternalServerError")));
}

#[test]
fn the_sdk_has_a_type_for_it_or_at_least_its_code() {
    let mut failed = error(&[4, 37, 38, 39, 43]);
    failed.request_id = Some("REQ".to_owned());
    let put = PutItemError::from_service(&failed, None);
    assert!(put.is_conditional_check_failed_exception());
    assert_eq!((put.meta().message(), put.request_id()), (Some("why"), Some("REQ")));

    let get = GetItemError::from_service(&error(&[4, 37, 38, 39, 46]), None);
    assert_eq!(get.code(), Some("ValidationException"));
    assert!(GetItemError::from_service(&error(&[1]), None).is_internal_server_error());

    let write = TransactWriteItemsError::from_service(&cancelled(&["None", "ConditionalCheckFailed"]), None);
    let TransactWriteItemsError::TransactionCanceledException(exception) = write else {
        panic!("cancelled, not {write:?}")
    };
    let codes: Vec<_> = exception.cancellation_reasons().iter().map(|reason| reason.code()).collect();
    assert_eq!(codes, [Some("None"), Some("ConditionalCheckFailed")]);
}
