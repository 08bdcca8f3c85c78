//! All operations, in the words of the AWS SDK.

use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
use dax_local::Method;

use crate::lab::{ITEMS, Lab, TABLE, number, text, words};
use crate::outcome::{READS, WRITES, after_one, read, write};

#[tokio::test]
async fn all_operations_do_what_they_do_at_dynamodb() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for (index, method) in READS.into_iter().enumerate() {
        let key = format!("k{index}");
        assert_eq!(read(&dax, method, &key).await, Ok(words(&key)), "{method:?}");
    }
    for (index, method) in WRITES.into_iter().enumerate() {
        let key = format!("k{index}");
        assert_eq!(write(&dax, method, &key).await, Ok(()), "{method:?}");
        assert_eq!(lab.stored(&key).await, after_one(method, &index.to_string()), "{method:?}");
    }
    assert_eq!(lab.connections_opened(), 1);
}

#[tokio::test]
async fn a_call_site_moves_by_changing_the_receiver() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    macro_rules! update {
        ($receiver:expr) => {
            $receiver
                .update_item()
                .table_name(TABLE)
                .key("pk", text("k1"))
                .update_expression("SET n = n + :two, #t = :text")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_names("#t", "text")
                .expression_attribute_values(":two", number(2))
                .expression_attribute_values(":text", text("other words"))
                .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
                .send()
                .await
                .unwrap()
                .attributes
                .unwrap()
        };
    }
    let mut there = update!(lab.direct);
    let here = update!(dax);
    there.insert("n".to_owned(), number(5));
    assert_eq!(here, there);
}

#[tokio::test]
async fn inputs_that_are_made_elsewhere_can_be_sent() {
    let lab = Lab::start(1).await;
    let input = GetItemInput::builder().table_name(TABLE).key("pk", text("k7")).build().unwrap();
    let output = lab.client().send(input).await.unwrap();
    assert_eq!(output.item().unwrap().get("n"), Some(&number(7)));
}

#[tokio::test]
async fn errors_are_those_of_the_operation() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let get = dax.get_item().table_name("none").key("pk", text("k7")).send().await.unwrap_err();
    assert!(matches!(get.as_service_error(), Some(GetItemError::ResourceNotFoundException(_))), "{get:?}");
    assert_eq!(get.raw_response().map(|response| response.status().as_u16()), Some(400));
    let put = dax
        .put_item()
        .table_name(TABLE)
        .item("pk", text("k7"))
        .condition_expression("attribute_not_exists(pk)");
    let put = put.send().await.unwrap_err();
    assert!(
        matches!(put.as_service_error(), Some(PutItemError::ConditionalCheckFailedException(_))),
        "{put:?}"
    );
    let wrong = dax.get_item().table_name(TABLE).key("other", text("k7")).send().await.unwrap_err();
    assert_eq!(aws_sdk_dynamodb::error::ProvideErrorMetadata::code(&wrong), Some("ValidationException"));
}

#[tokio::test]
async fn keys_and_lists_are_asked_for_once() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for index in 0..10 {
        let key = format!("k{index}");
        assert_eq!(read(&dax, Method::GetItem, &key).await, Ok(words(&key)));
    }
    assert_eq!(lab.calls_of(Method::DefineKeySchema), 1);
    assert_eq!(lab.calls_of(Method::DefineAttributeList), 1);
    assert_eq!(lab.calls_of(Method::Endpoints), 1, "not by the first call, but by the second");
}

#[tokio::test]
async fn a_hundred_calls_at_the_same_time_ask_once_too_and_none_stalls() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let reads = (0..100).map(|index| {
        let dax = dax.clone();
        tokio::spawn(async move {
            let key = format!("k{}", index % ITEMS);
            assert_eq!(read(&dax, Method::GetItem, &key).await, Ok(words(&key)));
        })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap();
    }
    assert_eq!(lab.calls_of(Method::DefineKeySchema), 1);
    assert_eq!(lab.calls_of(Method::DefineAttributeList), 1);
    assert!(lab.connections_opened() <= 10);
}

#[tokio::test]
async fn a_key_that_is_known_beforehand_is_not_asked_for() {
    let lab = Lab::start(1).await;
    let schema = KeySchema { hash: KeyAttribute::new("pk", KeyType::Text), range: None };
    let dax = dax_client::Client::new(lab.config().key_schema(TABLE, schema)).unwrap();
    assert_eq!(read(&dax, Method::GetItem, "k3").await, Ok(words("k3")));
    assert_eq!(lab.calls_of(Method::DefineKeySchema), 0);
}

#[tokio::test]
async fn an_item_of_400_kb_comes_and_goes() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let long = "x".repeat(390_000);
    dax.put_item().table_name(TABLE).item("pk", text("long")).item("text", text(&long)).send().await.unwrap();
    assert_eq!(read(&dax, Method::GetItem, "long").await, Ok(long));
}
