//! Publishing: versions, conflicts, answers that get lost.

use std::{collections::BTreeSet, time::Duration};

use pennon_domain::{Bucketing, StoreError};
use pennon_store::PublishError;
use pennon_test_support::{Fault, Scope};

use super::lab::{
    Lab, definition, find, heads, id, is_unavailable, keys, large_definition, publish, served, view,
};

const TRANSACTION: &str = "TransactWriteItems";
const IN_PROGRESS: Fault = Fault::Error { status: 400, code: "TransactionInProgressException" };

#[tokio::test]
async fn what_was_published_is_read_back() {
    let lab = Lab::start().await;
    let published = lab.store().publish(&id("shop"), &definition(1), Bucketing::V2, &keys(3)).await.unwrap();
    assert_eq!((published.version, published.changed), (1, true));

    let view = view(&lab.store(), "shop").await;
    assert_eq!(view.snapshot.to_json().unwrap(), definition(1).to_json());
    assert_eq!(view.ruleset.len(), 1);
    assert_eq!((view.head.version, view.head.bucketing, view.stale), (1, Bucketing::V2, false));
    assert_eq!(view.head.keys, keys(3));
    assert_eq!(view.head.config_etag, published.config_etag);
    assert_eq!(published.config_etag, definition(1).etag(Bucketing::V2));
}

#[tokio::test]
async fn each_change_is_the_next_version_and_leaves_the_earlier_ones_alone() {
    let lab = Lab::start().await;
    for number in 1..=3 {
        assert_eq!(lab.publish("shop", number).await.version, u64::from(number));
    }
    let chunks = lab.raw().scan().table_name("pennon-core").send().await.unwrap();
    let keys: BTreeSet<_> = chunks.items().iter().map(|item| item["pk"].as_s().unwrap().as_str()).collect();
    assert_eq!(keys, BTreeSet::from(["H#shop", "SNAP#shop#1", "SNAP#shop#2", "SNAP#shop#3"]));
}

#[tokio::test]
async fn publishing_the_same_again_writes_nothing() {
    let lab = Lab::start().await;
    let store = lab.store();
    publish(&store, "shop", &definition(1)).await;
    let again = publish(&store, "shop", &definition(1)).await;
    assert_eq!((again.version, again.changed), (1, false));
    assert_eq!(lab.proxy.count(TRANSACTION), 1);
}

#[tokio::test]
async fn other_keys_or_other_bucketing_are_a_change() {
    let lab = Lab::start().await;
    let store = lab.store();
    let mut versions = Vec::new();
    for (bucketing, keys) in [(Bucketing::V2, keys(1)), (Bucketing::V2, keys(2)), (Bucketing::V3, keys(2))] {
        versions.push(store.publish(&id("shop"), &definition(1), bucketing, &keys).await.unwrap().version);
    }
    assert_eq!(versions, [1, 2, 3]);
    let head = find(&store, "shop").await.head;
    assert_eq!((head.bucketing, head.keys.len()), (Bucketing::V3, 2));
}

#[tokio::test]
async fn a_publisher_reads_its_own_change_at_once() {
    let lab = Lab::start().await;
    let store = lab.store();
    for number in 1..=3 {
        publish(&store, "shop", &definition(number)).await;
        assert_eq!(served(&store, "shop").await, (number.into(), false));
    }
}

#[tokio::test]
async fn a_read_that_began_before_the_change_does_not_hide_it() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.publish("shop", 1).await;
    let reads = lab.watch_heads();
    lab.proxy.inject(heads().times(1), Fault::DelayAnswer(Duration::from_millis(100)));
    let slow = tokio::spawn({
        let store = store.clone();
        async move { find(&store, "shop").await.head.version }
    });
    while reads.count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    publish(&store, "shop", &definition(2)).await;
    assert_eq!(slow.await.unwrap(), 1);
    assert_eq!(served(&store, "shop").await, (2, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_publishers_lose_nothing() {
    const PUBLISHERS: u32 = 8;
    const EACH: u32 = 5;
    let lab = Lab::start().await;
    let mut publishers = tokio::task::JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let store = lab.elsewhere();
        publishers.spawn(async move {
            let mut versions = Vec::new();
            for number in 0..EACH {
                let definition = definition(publisher * 100 + number);
                loop {
                    match store.publish(&id("shop"), &definition, Bucketing::V3, &keys(1)).await {
                        Ok(published) => break versions.push((published.version, definition.to_json())),
                        Err(PublishError::Store(StoreError::Conflict)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            versions
        });
    }
    let mut published = publishers.join_all().await.concat();
    published.sort();
    let versions: Vec<_> = published.iter().map(|(version, _)| *version).collect();
    assert_eq!(versions, (1..=u64::from(PUBLISHERS * EACH)).collect::<Vec<_>>());
    let last = view(&lab.store(), "shop").await;
    assert_eq!(last.snapshot.to_json().unwrap(), published.last().unwrap().1);
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_publish_twice() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION).times(1), Fault::LoseAnswer);
    let published = publish(&store, "shop", &definition(1)).await;
    assert_eq!((published.version, published.changed), (1, true));
    assert_eq!(lab.proxy.count(TRANSACTION), 2);
}

#[tokio::test]
async fn a_publisher_whose_transaction_seemed_lost_recognises_its_own_version() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION), IN_PROGRESS);
    lab.proxy.inject(Scope::operation(TRANSACTION).times(1), Fault::LoseAnswer);
    let published = publish(&store, "shop", &definition(1)).await;
    assert_eq!((published.version, published.changed), (1, true));
}

#[tokio::test]
async fn a_publisher_that_never_got_an_answer_can_publish_again() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION), Fault::LoseAnswer);
    let lost = store.publish(&id("shop"), &definition(1), Bucketing::V3, &keys(1)).await.unwrap_err();
    assert!(matches!(&lost, PublishError::Store(error) if is_unavailable(error)), "{lost}");
    assert_eq!(served(&store, "shop").await, (1, false));

    lab.proxy.heal();
    let again = publish(&store, "shop", &definition(1)).await;
    assert_eq!((again.version, again.changed), (1, false));
}

#[tokio::test]
async fn a_transaction_in_progress_is_a_lost_race_that_is_run_again() {
    let lab = Lab::start().await;
    let store = lab.store();
    // More than the SDK retries by itself.
    lab.proxy.inject(Scope::operation(TRANSACTION).times(5), IN_PROGRESS);
    assert_eq!(publish(&store, "shop", &definition(1)).await.version, 1);

    lab.proxy.inject(Scope::operation(TRANSACTION), IN_PROGRESS);
    let lost = store.publish(&id("shop"), &definition(2), Bucketing::V3, &keys(1)).await.unwrap_err();
    assert!(matches!(lost, PublishError::Store(StoreError::Conflict)), "{lost}");
}

#[tokio::test]
async fn a_large_definition_takes_several_chunks() {
    let lab = Lab::start().await;
    publish(&lab.elsewhere(), "shop", &large_definition()).await;
    let reads = lab.watch_chunks();
    let view = view(&lab.store(), "shop").await;
    assert!((3..=4).contains(&view.head.chunks), "{} chunks", view.head.chunks);
    assert_eq!(reads.count(), u64::from(view.head.chunks));
    assert_eq!(view.snapshot.to_json().unwrap(), large_definition().to_json());
}

#[tokio::test]
async fn keys_that_do_not_fit_into_head_are_refused() {
    let lab = Lab::start().await;
    let store = lab.store();
    let refused = store.publish(&id("shop"), &definition(1), Bucketing::V3, &keys(90)).await.unwrap_err();
    assert!(matches!(refused, PublishError::TooManyKeys { bytes } if bytes > 4096), "{refused}");
    assert_eq!(lab.proxy.count(TRANSACTION), 0);
}
