//! What is served while DynamoDB is down, and what that costs.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pennon_domain::{Clock, Timestamp};
use pennon_store::{Config, Deadlines};
use pennon_test_support::{Fault, Scope};

use super::{
    lab::{Lab, TTL_NOT_OVER, TTL_OVER, failure, find, heads, is_unavailable, patient, served},
    log::Log,
};

/// How often the SDK tries before it gives up.
const ATTEMPTS: u64 = 3;

#[tokio::test]
async fn the_last_version_is_served_for_an_hour_and_then_nothing_until_dynamodb_is_back() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    assert_eq!(served(&store, "shop.live").await, (1, false));
    lab.publish("shop.live", 2).await;
    lab.proxy.inject(Scope::all(), Fault::Close);

    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (1, true));
    assert!(find(&store, "shop.live").await.stale);
    lab.clock.advance(Duration::from_hours(1).saturating_sub(TTL_OVER));
    assert_eq!(served(&store, "shop.live").await, (1, true));
    lab.clock.advance(Duration::from_millis(1));
    let error = failure(&store, "shop.live").await;
    assert!(is_unavailable(&error), "{error}");

    lab.proxy.heal();
    lab.clock.advance(TTL_OVER);
    assert_eq!(served(&store, "shop.live").await, (2, false));
}

#[tokio::test]
async fn each_kind_of_failure_is_an_outage() {
    for fault in [Fault::THROTTLED, Fault::INTERNAL, Fault::Close, Fault::LoseAnswer] {
        let lab = Lab::start().await;
        lab.publish("shop.live", 1).await;
        let store = lab.store();
        served(&store, "shop.live").await;
        lab.proxy.inject(heads(), fault.clone());
        lab.clock.advance(TTL_OVER);
        assert_eq!(served(&store, "shop.live").await, (1, true), "{fault:?}");
    }
}

#[tokio::test]
async fn a_hiccup_is_retried_and_nobody_notices() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    lab.proxy.inject(heads().times(2), Fault::THROTTLED);
    assert_eq!(served(&store, "shop.live").await, (1, false));
}

#[tokio::test]
async fn dynamodb_is_not_asked_on_every_request_while_it_is_down() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    served(&store, "shop.live").await;
    lab.proxy.inject(Scope::all(), Fault::Close);
    lab.clock.advance(TTL_OVER);
    for _ in 0..100 {
        assert_eq!(served(&store, "shop.live").await, (1, true));
    }
    assert_eq!(reads.count(), 1 + ATTEMPTS);
    lab.clock.advance(TTL_NOT_OVER);
    served(&store, "shop.live").await;
    assert_eq!(reads.count(), 1 + ATTEMPTS);
    lab.clock.advance(TTL_OVER);
    join_all((0..100).map(|_| served(&store, "shop.live"))).await;
    assert_eq!(reads.count(), 1 + 2 * ATTEMPTS);
}

#[tokio::test]
async fn a_process_that_knows_nothing_fails_fast_and_tries_again_soon() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let (store, reads) = (lab.store(), lab.watch_heads());
    lab.proxy.inject(Scope::all(), Fault::Close);
    for _ in 0..50 {
        assert!(is_unavailable(&failure(&store, "shop.live").await));
    }
    assert_eq!(reads.count(), ATTEMPTS);
    lab.proxy.heal();
    lab.clock.advance(Duration::from_millis(320));
    assert_eq!(served(&store, "shop.live").await, (1, false));
}

#[tokio::test]
async fn silence_costs_one_caller_the_deadline_and_the_others_nothing() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let Deadlines { attempt, operation } = Config::default().point;
    let store = lab.store_with(Config { transfer: patient().transfer, ..Config::default() });
    served(&store, "shop.live").await;
    lab.proxy.inject(Scope::all(), Fault::BlackHole);
    lab.clock.advance(TTL_OVER);
    let timed = async || {
        let start = Instant::now();
        assert_eq!(served(&store, "shop.live").await, (1, true));
        start.elapsed()
    };
    let first = timed().await;
    assert!((attempt..operation * 2).contains(&first), "{first:?}");

    lab.clock.advance(TTL_OVER);
    let mut all = join_all((0..20).map(|_| timed())).await;
    all.sort();
    assert!(all[18] < attempt, "{all:?}");
    assert!((attempt..operation * 2).contains(&all[19]), "{all:?}");
}

#[tokio::test]
async fn silence_on_the_first_request_ends_at_the_deadline() {
    let lab = Lab::start().await;
    let store = lab.store_with(Config::default());
    lab.proxy.inject(Scope::all(), Fault::BlackHole);
    let start = Instant::now();
    assert!(is_unavailable(&failure(&store, "shop.live").await));
    assert!(start.elapsed() < Config::default().point.operation * 2);
}

#[tokio::test]
async fn an_outage_is_logged_once_and_its_end_once() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    let (log, _logging) = Log::listen();
    served(&store, "shop.live").await;
    lab.proxy.inject(Scope::all(), Fault::Close);
    for _ in 0..3 {
        lab.clock.advance(TTL_OVER);
        join_all((0..10).map(|_| served(&store, "shop.live"))).await;
    }
    lab.proxy.heal();
    for _ in 0..3 {
        lab.clock.advance(TTL_OVER);
        served(&store, "shop.live").await;
    }
    assert_eq!(log.levels(), [tracing::Level::WARN, tracing::Level::INFO]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_end_the_hour_early_or_late() {
    let lab = Lab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.store();
    served(&store, "shop.live").await;
    lab.proxy.inject(Scope::all(), Fault::Close);
    lab.clock.set(Timestamp::from_millis(lab.clock.now().as_millis() - 86_400_000));
    assert_eq!(served(&store, "shop.live").await, (1, true));
    lab.clock.advance(Duration::from_hours(1));
    assert_eq!(served(&store, "shop.live").await, (1, true));
    lab.clock.advance(Duration::from_millis(1));
    assert!(is_unavailable(&failure(&store, "shop.live").await));
}

#[tokio::test]
async fn readiness_asks_at_most_once_a_second() {
    let lab = Lab::start().await;
    let store = lab.store();
    for answer in join_all((0..20).map(|_| store.ready())).await {
        answer.unwrap();
    }
    assert_eq!(lab.proxy.total(), 1);

    lab.proxy.inject(Scope::all(), Fault::Close);
    lab.clock.advance(Duration::from_millis(999));
    store.ready().await.unwrap();
    lab.clock.advance(Duration::from_millis(1));
    for answer in join_all((0..20).map(|_| store.ready())).await {
        assert!(is_unavailable(&answer.unwrap_err()));
    }
    assert_eq!(lab.proxy.total(), 1 + ATTEMPTS);

    lab.proxy.heal();
    lab.clock.advance(Duration::from_secs(1));
    store.ready().await.unwrap();
}
