//! When DAX is asked, and for what.

use std::time::Duration;

use dax_local::Method;
use pennon_store::Config;

use super::super::lab::{TTL_OVER, large_definition, patient, served, view};
use super::{
    cluster::{DaxLab, SETTLED, number},
    recorder::Recorder,
};

#[tokio::test]
async fn the_first_process_fills_the_cache_and_the_next_one_finds_it_full() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 7).await;
    let (recorder, chunks) = (Recorder::default(), lab.lab.watch_chunks());
    let _recording = metrics::set_default_local_recorder(&recorder);

    assert_eq!(number(&lab.process(), "shop.live").await, 7);
    assert_eq!((recorder.count("misses_total dax"), recorder.count("hits_total dax")), (1, 0));
    assert_eq!((lab.counters().item_misses, lab.counters().item_hits), (1, 0));

    assert_eq!(number(&lab.process(), "shop.live").await, 7);
    assert_eq!((recorder.count("misses_total dax"), recorder.count("hits_total dax")), (1, 1));
    assert_eq!((lab.counters().item_misses, lab.counters().item_hits), (1, 1));

    assert_eq!((chunks.count(), recorder.fallbacks().len()), (0, 0));
    assert_eq!(
        (recorder.count("read_microseconds dax"), recorder.count("read_microseconds dynamodb")),
        (2, 0)
    );
}

#[tokio::test]
async fn what_is_in_memory_costs_no_call() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let (recorder, store) = (Recorder::default(), lab.process());
    let _recording = metrics::set_default_local_recorder(&recorder);
    for _ in 0..10 {
        served(&store, "shop.live").await;
    }
    assert_eq!((recorder.count("hits_total memory"), recorder.count("misses_total memory")), (9, 1));
    assert_eq!(lab.calls(), 1);
}

#[tokio::test]
async fn each_version_that_head_announces_is_read_through_dax() {
    let lab = DaxLab::start().await;
    let store = lab.process();
    for version in 1..=3 {
        lab.publish("shop.live", version).await;
        lab.lab.clock.advance(TTL_OVER);
        assert_eq!(number(&store, "shop.live").await, version);
    }
    assert_eq!((lab.calls(), lab.counters().item_misses), (3, 3));
}

#[tokio::test]
async fn all_chunks_of_a_snapshot_are_one_call() {
    let lab = DaxLab::start().await;
    let definition = large_definition();
    lab.publish_all("shop.live", &definition).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    for _ in 0..2 {
        let view = view(&lab.process(), "shop.live").await;
        assert_eq!(view.snapshot.to_json().unwrap(), definition.to_json());
        assert!(view.head.chunks >= 3);
        assert_eq!(lab.counters().item_misses, u64::from(view.head.chunks));
    }
    assert_eq!((lab.calls(), lab.counters().calls_of(Method::GetItem)), (2, 0));
    assert_eq!((recorder.count("misses_total dax"), recorder.count("hits_total dax")), (1, 1));
}

#[tokio::test]
async fn some_chunks_from_the_cache_and_some_not_is_a_miss() {
    let lab = DaxLab::start().await;
    lab.publish_all("shop.live", &large_definition()).await;
    let chunk = lab.item("SNAP#shop.live#1", "C#001").await["data"].clone();
    lab.poison("SNAP#shop.live#1", "C#001", "data", chunk).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    assert_eq!(served(&lab.process(), "shop.live").await, (1, false));
    assert_eq!(lab.counters().item_hits, 1);
    assert_eq!((recorder.count("misses_total dax"), recorder.count("hits_total dax")), (1, 0));
}

#[tokio::test]
async fn dax_is_not_asked_for_a_version_before_the_copies_of_the_table_agree() {
    let lab = DaxLab::start().await;
    lab.lab.publish("shop.live", 1).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    lab.lab.clock.advance(SETTLED.saturating_sub(Duration::from_millis(1)));
    assert_eq!(number(&lab.process(), "shop.live").await, 1);
    assert_eq!((lab.calls(), recorder.count("fallbacks_total settling")), (0, 1));
    lab.lab.clock.advance(Duration::from_millis(1));
    assert_eq!(number(&lab.process(), "shop.live").await, 1);
    assert_eq!((lab.calls(), recorder.count("misses_total dax")), (1, 1));
}

#[tokio::test]
async fn each_snapshot_that_is_not_in_memory_is_a_hit_a_miss_or_a_fallback() {
    let lab = DaxLab::start().await;
    for environment in ["shop.a", "shop.b", "shop.c"] {
        lab.publish(environment, 1).await;
    }
    lab.lab.publish("shop.d", 1).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let dax = lab.patiently();
    let one = std::num::NonZeroUsize::MIN;
    let store = lab.process_like(Config { dax: Some(dax), max_environments: one, ..patient() });
    for environment in ["shop.a", "shop.b", "shop.c", "shop.d", "shop.a", "shop.b"] {
        served(&store, environment).await;
    }
    let fallbacks: u64 = recorder.fallbacks().values().sum();
    let (hits, misses) = (recorder.count("hits_total dax"), recorder.count("misses_total dax"));
    assert_eq!((hits, misses, fallbacks), (2, 3, 1));
    assert_eq!(recorder.count("misses_total memory"), 6);
}
