//! Loading snapshots: once, whole, verified, or not at all.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use futures_util::future::join_all;
use pennon_domain::Bucketing;
use pennon_test_support::Fault;

use super::lab::{
    Lab, TTL_OVER, chunks, definition, find, id, is_damaged, is_unavailable, keys, served, view,
};

fn garbage() -> AttributeValue {
    AttributeValue::B(Blob::new("not what was written"))
}

#[tokio::test]
async fn concurrent_callers_share_one_load() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_chunks());
    lab.proxy.inject(chunks(), Fault::Delay(Duration::from_millis(20)));
    let all = join_all((0..50).map(|_| served(&store, "shop.live"))).await;
    assert_eq!(all, vec![(1, false); 50]);
    assert_eq!(reads.count(), 1);
}

#[tokio::test]
async fn a_loader_that_is_cancelled_holds_up_nobody() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_chunks());
    lab.proxy.inject(chunks().times(1), Fault::BlackHole);
    let leader = tokio::spawn({
        let store = store.clone();
        async move { served(&store, "shop.live").await }
    });
    while reads.count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        leader.abort();
    };
    let (found, ()) = tokio::join!(served(&store, "shop.live"), cancel);
    assert_eq!((found, reads.count()), ((1, false), 2));
}

#[tokio::test]
async fn a_version_with_the_same_flags_is_not_loaded_again() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let before = view(&store, "shop.live").await;
    let reads = lab.watch_chunks();
    lab.elsewhere().publish(&id("shop.live"), &definition(1), Bucketing::V3, &keys(2)).await.unwrap();
    lab.clock.advance(TTL_OVER);
    let after = view(&store, "shop.live").await;
    assert_eq!((after.head.version, after.head.keys.len(), reads.count()), (2, 2, 0));
    assert!(std::sync::Arc::ptr_eq(&before.ruleset, &after.ruleset));
}

#[tokio::test]
async fn the_same_flags_under_another_bucketing_are_compiled_again() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let before = view(&store, "shop.live").await;
    lab.elsewhere().publish(&id("shop.live"), &definition(1), Bucketing::V2, &keys(1)).await.unwrap();
    lab.clock.advance(TTL_OVER);
    let after = view(&store, "shop.live").await;
    assert!(!std::sync::Arc::ptr_eq(&before.ruleset, &after.ruleset));
}

#[tokio::test]
async fn a_damaged_chunk_leaves_the_old_version_and_a_new_process_nothing() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    lab.damage("SNAP#shop.live#2", "C#000", "data", garbage()).await;
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, true));

    let fresh = lab.store();
    let error = fresh.snapshot(&find(&fresh, "shop.live").await).await.unwrap_err();
    assert!(is_damaged(&error), "{error}");

    lab.publish("shop.live", 3).await;
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (3, false));
    assert_eq!(served(&fresh, "shop.live").await, (3, false));
}

#[tokio::test]
async fn a_missing_chunk_leaves_the_old_version_until_it_arrives() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    let table = lab.raw();
    let late = table.get_item().table_name(lab.table("core"));
    let late = late.key("pk", AttributeValue::S("SNAP#shop.live#2".into()));
    let late = late.key("sk", AttributeValue::S("C#000".into())).send().await.unwrap().item.unwrap();
    lab.delete("SNAP#shop.live#2", "C#000").await;
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, true));

    let fresh = lab.store();
    let error = fresh.snapshot(&find(&fresh, "shop.live").await).await.unwrap_err();
    assert!(is_unavailable(&error), "{error}");

    table.put_item().table_name(lab.table("core")).set_item(Some(late)).send().await.unwrap();
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (2, false));
    assert_eq!(served(&fresh, "shop.live").await, (2, false));
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_loaded_is_not_tried_on_every_request() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    lab.damage("SNAP#shop.live#2", "C#000", "data", garbage()).await;
    lab.clock.advance(TTL_OVER);
    let reads = lab.watch_chunks();
    for _ in 0..50 {
        assert_eq!(served(&store, "shop.live").await, (1, true));
    }
    assert_eq!(reads.count(), 1);
}

#[tokio::test]
async fn while_a_snapshot_is_out_of_reach_one_caller_at_a_time_tries() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    lab.proxy.inject(chunks(), Fault::Close);
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, true));

    lab.proxy.inject(chunks(), Fault::Delay(Duration::from_secs(1)));
    lab.clock.advance(TTL_OVER);
    let timed = async || {
        let start = Instant::now();
        (served(&store, "shop.live").await, start.elapsed())
    };
    let mut all = join_all((0..20).map(|_| timed())).await;
    all.sort_by_key(|(_, time)| *time);
    assert_eq!(all[18].0, (1, true));
    assert!(all[18].1 < Duration::from_millis(500), "{all:?}");
    assert_eq!(all[19].0, (2, false));
}

#[tokio::test]
async fn the_old_version_is_not_served_for_ever() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    lab.damage("SNAP#shop.live#2", "C#000", "data", garbage()).await;
    lab.clock.advance(Duration::from_hours(1));
    assert_eq!(served(&store, "shop.live").await, (1, true));
    lab.clock.advance(TTL_OVER);
    let error = store.snapshot(&find(&store, "shop.live").await).await.unwrap_err();
    assert!(is_damaged(&error), "{error}");
}

#[tokio::test]
async fn a_request_that_began_under_an_older_head_gets_the_newer_version() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let old = find(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (2, false));
    let reads = lab.watch_chunks();
    assert_eq!(store.snapshot(&old).await.unwrap().head.version, 2);
    assert_eq!(reads.count(), 0);
}

#[tokio::test]
async fn a_version_that_was_restored_from_a_backup_is_served() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let backup = lab.raw().get_item().table_name(lab.table("core"));
    let backup = backup.key("pk", AttributeValue::S("H#shop.live".into()));
    let backup = backup.key("sk", AttributeValue::S("HEAD".into())).send().await.unwrap().item;
    lab.publish("shop.live", 2).await;
    assert_eq!(served(&store, "shop.live").await, (2, false));
    lab.raw().put_item().table_name(lab.table("core")).set_item(backup).send().await.unwrap();
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, false));
}
