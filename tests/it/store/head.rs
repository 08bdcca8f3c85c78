//! How often HEAD is read.

use std::{num::NonZeroUsize, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use pennon_domain::{Clock, Timestamp};
use pennon_store::{Config, Freshness};
use pennon_test_support::Fault;

use super::lab::{
    Lab, TTL_NOT_OVER, TTL_OVER, failure, find, heads, id, is_absent, is_damaged, patient, served,
};

#[tokio::test]
async fn head_is_read_once_per_ttl() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    for expected in 1..=3 {
        for _ in 0..10 {
            find(&store, "shop.live").await;
        }
        lab.clock.advance(TTL_NOT_OVER);
        find(&store, "shop.live").await;
        assert_eq!(reads.count(), expected);
        lab.clock.advance(TTL_OVER.saturating_sub(TTL_NOT_OVER));
    }
}

#[tokio::test]
async fn a_change_is_seen_when_the_ttl_is_over() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    assert_eq!(served(&store, "shop.live").await, (1, false));
    lab.publish("shop.live", 2).await;
    lab.clock.advance(TTL_NOT_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, false));
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (2, false));
}

#[tokio::test]
async fn whoever_knows_of_a_newer_version_waits_a_quarter_of_a_second_at_most() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    find(&store, "shop.live").await;
    lab.publish("shop.live", 2).await;
    let newest = async || {
        let environment = store.environment(&id("shop.live"), Freshness::Newest).await.unwrap().unwrap();
        environment.head.version
    };
    lab.clock.advance(Duration::from_millis(249));
    assert_eq!((newest().await, reads.count()), (1, 1));
    lab.clock.advance(Duration::from_millis(1));
    assert_eq!((newest().await, reads.count()), (2, 2));
    assert_eq!((newest().await, reads.count()), (2, 2));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_head_old() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    find(&store, "shop.live").await;
    lab.clock.set(Timestamp::from_millis(lab.clock.now().as_millis() - 1));
    find(&store, "shop.live").await;
    find(&store, "shop.live").await;
    assert_eq!(reads.count(), 2);
}

#[tokio::test]
async fn concurrent_callers_share_one_read() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    lab.proxy.inject(heads(), Fault::Delay(Duration::from_millis(20)));
    for expected in 1..=3 {
        join_all((0..50).map(|_| find(&store, "shop.live"))).await;
        assert_eq!(reads.count(), expected);
        lab.clock.advance(TTL_OVER);
    }
}

#[tokio::test]
async fn a_reader_that_is_cancelled_holds_up_nobody() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    lab.proxy.inject(heads().times(1), Fault::BlackHole);
    let leader = tokio::spawn({
        let store = store.clone();
        async move { find(&store, "shop.live").await.head.version }
    });
    while reads.count() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let waiting = join_all((0..10).map(|_| find(&store, "shop.live")));
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        leader.abort();
    };
    let (found, ()) = tokio::join!(waiting, cancel);
    assert_eq!(found.len(), 10);
    assert_eq!(reads.count(), 2);
    assert!(leader.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn an_unknown_name_is_looked_up_once_per_ttl() {
    let lab = Lab::start().await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    let absent = join_all((0..20).map(|_| is_absent(&store, "no.body"))).await;
    assert_eq!((absent, reads.count()), (vec![true; 20], 1));

    lab.publish("no.body", 1).await;
    assert!(is_absent(&store, "no.body").await);
    lab.clock.advance(TTL_OVER);
    assert_eq!(find(&store, "no.body").await.head.version, 1);
    assert_eq!(reads.count(), 2);
}

#[tokio::test]
async fn guessing_names_pushes_no_environment_out() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    for guess in 0..600 {
        assert!(is_absent(&store, &format!("guess.{guess}")).await);
    }
    let requests = lab.proxy.total();
    assert_eq!(served(&store, "shop.live").await, (1, false));
    assert_eq!(lab.proxy.total(), requests);
    // The guesses themselves are not kept without limit.
    assert!(is_absent(&store, "guess.0").await);
    assert_eq!(lab.proxy.total(), requests + 1);
}

#[tokio::test]
async fn only_so_many_environments_are_kept() {
    let lab = Lab::start().await;
    let store = lab.store_with(Config { max_environments: NonZeroUsize::new(2).unwrap(), ..patient() });
    for name in ["shop.one", "shop.two", "shop.three"] {
        lab.publish(name, 1).await;
        served(&store, name).await;
    }
    let (heads, chunks) = (lab.watch_heads(), lab.watch_chunks());
    served(&store, "shop.three").await;
    served(&store, "shop.two").await;
    assert_eq!((heads.count(), chunks.count()), (0, 0));
    served(&store, "shop.one").await;
    assert_eq!((heads.count(), chunks.count()), (1, 1));
}

#[tokio::test]
async fn an_environment_that_is_deleted_is_gone() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    find(&store, "shop.live").await;
    lab.delete("H#shop.live", "HEAD").await;
    lab.clock.advance(TTL_OVER);
    assert!(is_absent(&store, "shop.live").await);
}

#[tokio::test]
async fn a_damaged_head_is_neither_believed_nor_fatal_to_those_who_knew_a_good_one() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.damage("H#shop.live", "HEAD", "sha256", AttributeValue::S("garbage".into())).await;
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, true));
    let error = failure(&lab.store(), "shop.live").await;
    assert!(is_damaged(&error), "{error}");
}
