//! Requests that are sent again: each happens once, and is answered each time.

use std::time::Duration;

use futures_util::future::join_all;
use pennon_domain::{Action, Refusal};
use pennon_store::{Current, Decision};
use pennon_test_support::{Fault, Scope};

use super::{
    lab::{Lab, heads, id, transactions},
    writing::{
        answer, call, delete_environment, edit_key, keyed, make_environment, make_project, name_project,
        new_key, number_of, refusal, set,
    },
};

#[tokio::test]
async fn a_retry_is_given_the_first_answer_whatever_has_happened_since() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let first = set(&lab.store(), "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap();
    set(&lab.store(), "shop.live", "cart", 6, &call()).await.unwrap();
    for _ in 0..2 {
        let again = set(&lab.store(), "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap();
        assert_eq!(again, first);
    }
    let current = lab.store().current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((current.head.version, number_of(&current.definition, "cart")), (3, Some(6)));
    assert_eq!(lab.items("audit").await.len(), 3);
}

#[tokio::test]
async fn a_retry_is_given_its_answer_even_where_it_would_now_be_refused() {
    let lab = Lab::start().await;
    let store = lab.store();
    make_project(&store, "shop").await.unwrap();
    make_environment(&store, "shop.live", &call()).await.unwrap();
    edit_key(&store, "shop.live", new_key("k1"), &keyed("k", "k1")).await.unwrap();
    // Another call would be a conflict.
    let again = edit_key(&store, "shop.live", new_key("k1"), &keyed("k", "k1")).await.unwrap();
    assert_eq!(again, answer(Some(2)));
    let deleted = delete_environment(&store, "shop.live", &keyed("d", "")).await.unwrap();
    assert_eq!(delete_environment(&store, "shop.live", &keyed("d", "")).await.unwrap(), deleted);
    let renamed = name_project(&store, "shop", "Shop", &keyed("n", "Shop")).await.unwrap();
    assert_eq!(name_project(&store, "shop", "Shop", &keyed("n", "Shop")).await.unwrap(), renamed);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    set(&store, "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap();
    let reused = set(&store, "shop.live", "cart", 6, &keyed("k", "6")).await;
    assert_eq!(refusal(reused), Refusal::IdempotencyKeyReused);
    let current = store.current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!(number_of(&current.definition, "cart"), Some(5));
}

#[tokio::test]
async fn a_change_of_nothing_is_remembered_too_and_a_refusal_is_not() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let first = set(&store, "shop.live", "number", 1, &keyed("k", "1")).await.unwrap();
    assert_eq!((first.version, lab.proxy.count("TransactWriteItems")), (Some(1), 0));
    lab.publish("shop.live", 2).await;
    assert_eq!(set(&store, "shop.live", "number", 1, &keyed("k", "1")).await.unwrap(), first);

    let decide = |_: &Current| -> Result<Decision, Refusal> { Err(Refusal::PreconditionFailed) };
    let refused = store.change(&id("shop.live"), &keyed("r", "x"), decide).await;
    assert_eq!(refusal(refused), Refusal::PreconditionFailed);
    assert_eq!(set(&store, "shop.live", "cart", 1, &keyed("r", "x")).await.unwrap().version, Some(3));
}

#[tokio::test]
async fn an_answer_is_forgotten_after_a_day() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    set(&store, "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap();
    lab.clock.advance(Duration::from_hours(24).saturating_sub(Duration::from_secs(1)));
    assert_eq!(set(&store, "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap().version, Some(2));
    let reused = set(&store, "shop.live", "cart", 6, &keyed("k", "6")).await;
    assert_eq!(refusal(reused), Refusal::IdempotencyKeyReused);
    lab.clock.advance(Duration::from_secs(1));
    // The item may still be there: DynamoDB deletes what has expired when it finds the time.
    assert_eq!(set(&store, "shop.live", "cart", 6, &keyed("k", "6")).await.unwrap().version, Some(3));
    assert_eq!(set(&store, "shop.live", "cart", 6, &keyed("k", "6")).await.unwrap().version, Some(3));
}

#[tokio::test]
async fn an_answer_says_when_dynamodb_may_delete_it() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    set(&lab.store(), "shop.live", "cart", 5, &keyed("k", "5")).await.unwrap();
    let items = lab.items("ops").await;
    let [item] = items.as_slice() else { panic!("{items:?}") };
    let expected = pennon_domain::Clock::now(&lab.clock).plus(Duration::from_hours(24)).as_secs();
    assert_eq!(item["ttl"].as_n().unwrap(), &expected.to_string());
    let ttl = lab.raw().describe_time_to_live().table_name(lab.table("ops")).send().await.unwrap();
    assert_eq!(ttl.time_to_live_description().unwrap().attribute_name(), Some("ttl"));
}

#[tokio::test]
async fn the_stored_answer_tells_nothing_to_whoever_reads_the_table() {
    const SECRET: &str = "pnn_shop.live_k1_secretsecret";
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let decide = |current: &Current| {
        let body = format!(r#"{{"key":"{SECRET}"}}"#);
        let answer = pennon_domain::StoredAnswer { body, ..answer(Some(current.next_version())) };
        Ok(Decision::Change {
            action: Action::KeyCreated,
            definition: None,
            key: Some(new_key("k1")),
            answer,
        })
    };
    let call = keyed("0b7f6e9a-client-key", "k1");
    let first = lab.store().change(&id("shop.live"), &call, decide).await.unwrap();
    assert!(first.body.contains(SECRET));
    for table in ["core", "audit", "ops"] {
        let items = format!("{:?}", lab.items(table).await);
        assert!(!items.contains("secretsecret") && !items.contains("0b7f6e9a"), "{table}");
        for item in lab.items(table).await {
            for value in item.values() {
                let bytes = value.as_b().map(|blob| blob.as_ref().to_vec()).unwrap_or_default();
                assert!(!bytes.windows(12).any(|part| part == b"secretsecret"), "{table}");
            }
        }
    }
    assert_eq!(lab.store().change(&id("shop.live"), &call, decide).await.unwrap(), first);
}

#[tokio::test]
async fn twins_at_the_same_time_happen_once() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    // All read before any of them writes.
    lab.proxy.inject(transactions(), Fault::Delay(Duration::from_millis(100)));
    let stores: Vec<_> = (0..8).map(|_| lab.store()).collect();
    let twin = async |store| edit_key(store, "shop.live", new_key("k1"), &keyed("k", "k1")).await.unwrap();
    let answers = join_all(stores.iter().map(twin)).await;
    assert!(answers.iter().all(|given| *given == answer(Some(2))), "{answers:?}");
    assert_eq!(lab.items("audit").await.len(), 2);
}

#[tokio::test]
async fn twins_that_change_nothing_are_given_one_answer() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    lab.proxy.inject(Scope::operation("PutItem"), Fault::Delay(Duration::from_millis(50)));
    let stores: Vec<_> = (0..4).map(|_| lab.store()).collect();
    let twin = async |store| set(store, "shop.live", "number", 1, &keyed("k", "1")).await.unwrap();
    let answers = join_all(stores.iter().map(twin)).await;
    assert!(answers.iter().all(|given| *given == answer(Some(1))));
}

#[tokio::test]
async fn a_twin_that_was_slower_is_answered_and_not_refused() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (slow, reads) = (lab.store(), lab.watch_heads());
    // It looks for an answer before its twin gives one, and reads HEAD afterwards.
    lab.proxy.inject(heads().times(1), Fault::Delay(Duration::from_millis(300)));
    let slow =
        tokio::spawn(async move { edit_key(&slow, "shop.live", new_key("k1"), &keyed("k", "k1")).await });
    while reads.count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let fast = edit_key(&lab.elsewhere(), "shop.live", new_key("k1"), &keyed("k", "k1")).await.unwrap();
    assert_eq!(slow.await.unwrap().unwrap(), fast);
    assert_eq!(lab.items("audit").await.len(), 2);
}
