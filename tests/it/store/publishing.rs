//! Publishing: versions, conflicts, answers that get lost.

use std::{collections::BTreeSet, time::Duration};

use pennon_domain::{Bucketing, ChangeError, Refusal, StoreError};
use pennon_test_support::{Fault, Scope};

use super::lab::{
    Lab, definition, find, hasty, heads, id, is_unavailable, keys, large_definition, publish, served, view,
};

const TRANSACTION: &str = "TransactWriteItems";
const IN_PROGRESS: Fault = Fault::Error { status: 400, code: "TransactionInProgressException" };

#[tokio::test]
async fn what_was_published_is_read_back() {
    let lab = Lab::start().await;
    let published =
        lab.store().publish(&id("shop.live"), &definition(1), Bucketing::V2, &keys(3)).await.unwrap();
    assert_eq!((published.version, published.changed), (1, true));

    let view = view(&lab.store(), "shop.live").await;
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
        assert_eq!(lab.publish("shop.live", number).await.version, u64::from(number));
    }
    let expected = [
        "PROJECTS",
        "P#shop",
        "E#shop.live",
        "H#shop.live",
        "SNAP#shop.live#1",
        "SNAP#shop.live#2",
        "SNAP#shop.live#3",
    ];
    assert_eq!(lab.partitions("core").await, BTreeSet::from(expected.map(str::to_owned)));
}

#[tokio::test]
async fn publishing_the_same_again_writes_nothing() {
    let lab = Lab::start().await;
    let store = lab.store();
    publish(&store, "shop.live", &definition(1)).await;
    let again = publish(&store, "shop.live", &definition(1)).await;
    assert_eq!((again.version, again.changed), (1, false));
    assert_eq!(lab.proxy.count(TRANSACTION), 1);
}

#[tokio::test]
async fn other_keys_or_other_bucketing_are_a_change() {
    let lab = Lab::start().await;
    let store = lab.store();
    let mut versions = Vec::new();
    for (bucketing, keys) in [(Bucketing::V2, keys(1)), (Bucketing::V2, keys(2)), (Bucketing::V3, keys(2))] {
        versions
            .push(store.publish(&id("shop.live"), &definition(1), bucketing, &keys).await.unwrap().version);
    }
    assert_eq!(versions, [1, 2, 3]);
    let head = find(&store, "shop.live").await.head;
    assert_eq!((head.bucketing, head.keys.len()), (Bucketing::V3, 2));
}

#[tokio::test]
async fn a_publisher_reads_its_own_change_at_once() {
    let lab = Lab::start().await;
    let store = lab.store();
    for number in 1..=3 {
        publish(&store, "shop.live", &definition(number)).await;
        assert_eq!(served(&store, "shop.live").await, (number.into(), false));
    }
}

#[tokio::test]
async fn a_read_that_began_before_the_change_does_not_hide_it() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.publish("shop.live", 1).await;
    let reads = lab.watch_heads();
    lab.proxy.inject(heads().times(1), Fault::DelayAnswer(Duration::from_millis(100)));
    let slow = tokio::spawn({
        let store = store.clone();
        async move { find(&store, "shop.live").await.head.version }
    });
    while reads.count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    publish(&store, "shop.live", &definition(2)).await;
    assert_eq!(slow.await.unwrap(), 1);
    assert_eq!(served(&store, "shop.live").await, (2, false));
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
                let published = publish(&store, "shop.live", &definition).await;
                versions.push((published.version, definition.to_json()));
            }
            versions
        });
    }
    let mut published = publishers.join_all().await.concat();
    published.sort();
    let versions: Vec<_> = published.iter().map(|(version, _)| *version).collect();
    assert_eq!(versions, (1..=u64::from(PUBLISHERS * EACH)).collect::<Vec<_>>());
    let last = view(&lab.store(), "shop.live").await;
    assert_eq!(last.snapshot.to_json().unwrap(), published.last().unwrap().1);
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_publish_twice() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION).times(1), Fault::LoseAnswer);
    let published = publish(&store, "shop.live", &definition(1)).await;
    assert_eq!((published.version, published.changed), (1, true));
    assert_eq!(lab.proxy.count(TRANSACTION), 2);
}

#[tokio::test]
async fn a_publisher_whose_transaction_seemed_lost_recognises_its_own_version() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION), IN_PROGRESS);
    lab.proxy.inject(Scope::operation(TRANSACTION).times(1), Fault::LoseAnswer);
    let published = publish(&store, "shop.live", &definition(1)).await;
    assert_eq!((published.version, published.changed), (1, true));
}

#[tokio::test]
async fn a_publisher_that_gets_no_answer_looks_whether_it_has_published() {
    let lab = Lab::start().await;
    let store = lab.store();
    lab.proxy.inject(Scope::operation(TRANSACTION), Fault::LoseAnswer);
    let published = publish(&store, "shop.live", &definition(1)).await;
    assert_eq!((published.version, published.changed), (1, true));
}

#[tokio::test]
async fn a_publisher_that_cannot_find_out_can_publish_again() {
    let lab = Lab::start().await;
    let store = lab.store_with(hasty());
    lab.proxy.inject(Scope::operation(TRANSACTION), Fault::LoseAnswer);
    lab.proxy.inject(Scope::operation("GetItem").containing(lab.table("audit")), Fault::INTERNAL);
    let lost = store.publish(&id("shop.live"), &definition(1), Bucketing::V3, &keys(1)).await.unwrap_err();
    assert!(matches!(&lost, ChangeError::Store(error) if is_unavailable(error)), "{lost}");
    assert_eq!(served(&store, "shop.live").await, (1, false));

    lab.proxy.heal();
    let again = publish(&store, "shop.live", &definition(1)).await;
    assert_eq!((again.version, again.changed), (1, false));
}

#[tokio::test]
async fn a_transaction_that_was_not_begun_is_run_again_until_the_deadline() {
    for fault in [
        IN_PROGRESS,
        Fault::THROTTLED,
        Fault::Cancelled("TransactionConflict"),
        Fault::Cancelled("ConditionalCheckFailed"),
        Fault::Cancelled("ThrottlingError"),
    ] {
        let lab = Lab::start().await;
        // More than the SDK retries by itself.
        lab.proxy.inject(Scope::operation(TRANSACTION).times(5), fault.clone());
        assert_eq!(publish(&lab.store(), "shop.live", &definition(1)).await.version, 1, "{fault:?}");

        lab.proxy.inject(Scope::operation(TRANSACTION), fault.clone());
        let lost = lab.store_with(hasty());
        let lost = lost.publish(&id("shop.live"), &definition(2), Bucketing::V3, &keys(1)).await.unwrap_err();
        let ChangeError::Store(error) = &lost else { panic!("{fault:?}: {lost}") };
        let is_race = matches!(fault, Fault::Cancelled("TransactionConflict" | "ConditionalCheckFailed"));
        assert_eq!(matches!(error, StoreError::Conflict), is_race, "{fault:?}: {error}");
        assert_eq!(is_unavailable(error), !is_race, "{fault:?}: {error}");
        assert_eq!(served(&lab.elsewhere(), "shop.live").await, (1, false));
    }
}

#[tokio::test]
async fn a_large_definition_takes_several_chunks() {
    let lab = Lab::start().await;
    publish(&lab.elsewhere(), "shop.live", &large_definition()).await;
    let reads = lab.watch_chunks();
    let view = view(&lab.store(), "shop.live").await;
    assert!((3..=4).contains(&view.head.chunks), "{} chunks", view.head.chunks);
    assert_eq!(reads.count(), u64::from(view.head.chunks));
    assert_eq!(view.snapshot.to_json().unwrap(), large_definition().to_json());
}

#[tokio::test]
async fn keys_that_do_not_fit_into_head_are_refused() {
    let lab = Lab::start().await;
    let store = lab.store();
    let refused =
        store.publish(&id("shop.live"), &definition(1), Bucketing::V3, &keys(90)).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Refused(Refusal::Conflict(_))), "{refused}");
    assert_eq!(lab.proxy.count(TRANSACTION), 0);
}
