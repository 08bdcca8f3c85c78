//! What writes give back that other clients of DAX get wrong.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    KeysAndAttributes, PutRequest, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    WriteRequest,
};
use dax_local::{Fault, FaultKind, Method};

use crate::lab::{Lab, TABLE, number, text};

#[tokio::test]
async fn unprocessed_items_are_whole_and_can_be_sent_again() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let request = |key: &str| {
        let put =
            PutRequest::builder().item("pk", text(key)).item("n", number(3)).item("text", text("words"));
        WriteRequest::builder().put_request(put.build().unwrap()).build()
    };
    let requests = HashMap::from([(TABLE.to_owned(), vec![request("u1"), request("u2")])]);
    lab.cluster.node(0).inject(Fault::once(FaultKind::Unprocessed(1)).on(Method::BatchWriteItem));
    let output = dax.batch_write_item().set_request_items(Some(requests)).send().await.unwrap();
    let unprocessed = output.unprocessed_items.unwrap();
    assert_eq!(unprocessed, HashMap::from([(TABLE.to_owned(), vec![request("u2")])]));
    assert_eq!(lab.stored("u2").await, None);
    let output = dax.batch_write_item().set_request_items(Some(unprocessed)).send().await.unwrap();
    assert!(output.unprocessed_items.is_none_or(|items| items.is_empty()));
    assert_eq!(lab.stored("u2").await.as_deref(), Some("3"));
}

#[tokio::test]
async fn unprocessed_keys_are_whole_and_can_be_asked_for_again() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let key = |key: &str| HashMap::from([("pk".to_owned(), text(key))]);
    let keys = |keys: Vec<_>| {
        let builder = KeysAndAttributes::builder().set_keys(Some(keys)).projection_expression("#t");
        let builder = builder.expression_attribute_names("#t", "text").consistent_read(true);
        HashMap::from([(TABLE.to_owned(), builder.build().unwrap())])
    };
    lab.cluster.node(0).inject(Fault::once(FaultKind::Unprocessed(1)).on(Method::BatchGetItem));
    let request = keys(vec![key("k1"), key("k2")]);
    let output = dax.batch_get_item().set_request_items(Some(request)).send().await.unwrap();
    let unprocessed = output.unprocessed_keys.unwrap();
    assert_eq!(unprocessed, keys(vec![key("k2")]));
    let output = dax.batch_get_item().set_request_items(Some(unprocessed)).send().await.unwrap();
    assert_eq!(output.responses.unwrap()[TABLE].len(), 1);
}

#[tokio::test]
async fn conditions_that_fail_are_tried_once_and_leave_the_connection_open() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for _ in 0..5 {
        let put = dax
            .put_item()
            .table_name(TABLE)
            .item("pk", text("k1"))
            .condition_expression("attribute_not_exists(pk)");
        put.send().await.unwrap_err();
    }
    assert_eq!((lab.calls_of(Method::PutItem), lab.connections_opened()), (5, 1));
}

#[tokio::test]
async fn a_cancelled_transaction_says_why_with_the_item() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let update = |key: &str| {
        let update =
            Update::builder().table_name(TABLE).key("pk", text(key)).update_expression("SET n = :nine");
        let update = update.condition_expression("n = :nine").expression_attribute_values(":nine", number(9));
        let update =
            update.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        TransactWriteItem::builder().update(update.build().unwrap()).build()
    };
    let call = dax.transact_write_items().transact_items(update("k9")).transact_items(update("k1"));
    let error = call.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { panic!("{error:?}") };
    let reasons = cancelled.cancellation_reasons();
    assert_eq!(
        reasons.iter().map(|reason| reason.code().unwrap()).collect::<Vec<_>>(),
        ["None", "ConditionalCheckFailed"]
    );
    let item = reasons[1].item().unwrap();
    assert_eq!((item.get("pk"), item.get("n")), (Some(&text("k1")), Some(&number(1))));
    assert_eq!((lab.calls_of(Method::TransactWriteItems), lab.connections_opened()), (1, 1));
}

#[tokio::test]
async fn decimals_keep_their_digits() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let exact = "3.1415926535897932384626433832795028841";
    dax.put_item().table_name(TABLE).item("pk", text("pi")).item("n", number(exact)).send().await.unwrap();
    assert_eq!(lab.stored("pi").await.as_deref(), Some(exact));
    let output = dax.get_item().table_name(TABLE).key("pk", text("pi")).send().await.unwrap();
    assert_eq!(output.item().unwrap().get("n"), Some(&number(exact)));
}
