//! What DAX holds may be wrong, or not be there. What is served is right all the same, and what is wrong is not asked for again
//! and again.

use std::{num::NonZeroUsize, time::Duration};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use pennon_store::{Config, Store};

use super::super::{
    lab::{TTL_OVER, large_definition, patient, served},
    log::Log,
};
use super::{
    cluster::{DaxLab, number},
    recorder::Recorder,
};

/// For how long DAX may hold an entry, as deployed.
const RECORD_TTL: Duration = Duration::from_mins(10);

/// A process that has forgotten an environment as soon as it is asked for another one.
fn forgetful(lab: &DaxLab) -> Store {
    let dax = lab.patiently();
    lab.process_like(Config { dax: Some(dax), max_environments: NonZeroUsize::MIN, ..patient() })
}

#[tokio::test]
async fn that_dax_remembers_a_chunk_as_absent_hurts_nobody() {
    let lab = DaxLab::start().await;
    lab.publish("shop.other", 1).await;
    assert_eq!(lab.ask_dax("SNAP#shop.live#1", "C#000").await, None);
    lab.publish("shop.live", 1).await;
    let (recorder, store) = (Recorder::default(), forgetful(&lab));
    let _recording = metrics::set_default_local_recorder(&recorder);
    assert_eq!(number(&store, "shop.live").await, 1);
    assert_eq!((recorder.count("fallbacks_total missing"), lab.counters().negative_hits), (1, 1));

    number(&store, "shop.other").await;
    assert_eq!(number(&store, "shop.live").await, 1);
    assert_eq!((recorder.count("fallbacks_total distrusted"), lab.counters().negative_hits), (1, 1));

    lab.publish("shop.live", 2).await;
    lab.lab.clock.advance(TTL_OVER);
    assert_eq!(number(&store, "shop.live").await, 2);
    assert_eq!((recorder.count("misses_total dax"), recorder.fallbacks().len()), (2, 2));
}

#[tokio::test]
async fn a_wrong_chunk_is_read_from_dynamodb_and_not_asked_for_again_until_it_has_expired() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    lab.publish("shop.other", 1).await;
    let garbage = || AttributeValue::B(Blob::new("not what was written"));
    lab.poison("SNAP#shop.live#1", "C#000", "data", garbage()).await;
    let (recorder, store) = (Recorder::default(), forgetful(&lab));
    let chunks = lab.lab.watch_chunks();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let (log, logging) = Log::listen();
    assert_eq!(number(&store, "shop.live").await, 1);
    drop(logging);
    assert!(log.levels().contains(&tracing::Level::WARN));
    assert_eq!((recorder.count("fallbacks_total wrong"), chunks.count(), lab.calls()), (1, 1, 1));

    for _ in 0..5 {
        number(&store, "shop.other").await;
        assert_eq!(number(&store, "shop.live").await, 1);
    }
    assert_eq!((recorder.count("fallbacks_total distrusted"), lab.counters().item_hits), (5, 1 + 4));
    assert_eq!(chunks.count(), 6);

    lab.cluster.flush();
    lab.lab.clock.advance(RECORD_TTL);
    number(&store, "shop.other").await;
    assert_eq!(number(&store, "shop.live").await, 1);
    assert_eq!((recorder.count("fallbacks_total distrusted"), chunks.count()), (5, 6));
}

#[tokio::test]
async fn a_good_chunk_of_another_version_is_wrong() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let old = lab.item("SNAP#shop.live#1", "C#000").await["data"].clone();
    lab.publish("shop.live", 2).await;
    lab.poison("SNAP#shop.live#2", "C#000", "data", old).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    assert_eq!(number(&lab.process(), "shop.live").await, 2);
    assert_eq!(recorder.count("fallbacks_total wrong"), 1);
}

#[tokio::test]
async fn an_item_that_is_no_chunk_is_wrong() {
    for (attribute, value) in [
        ("data", AttributeValue::S("text".into())),
        ("data", AttributeValue::B(Blob::new(""))),
        ("data", AttributeValue::Null(true)),
    ] {
        let lab = DaxLab::start().await;
        lab.publish("shop.live", 1).await;
        lab.poison("SNAP#shop.live#1", "C#000", attribute, value.clone()).await;
        let recorder = Recorder::default();
        let _recording = metrics::set_default_local_recorder(&recorder);
        assert_eq!(number(&lab.process(), "shop.live").await, 1);
        assert_eq!(recorder.count("fallbacks_total wrong"), 1, "{value:?}");
    }
}

#[tokio::test]
async fn one_wrong_chunk_of_several_spoils_the_snapshot_and_not_what_is_served() {
    let lab = DaxLab::start().await;
    lab.publish_all("shop.live", &large_definition()).await;
    let first = lab.item("SNAP#shop.live#1", "C#000").await["data"].clone();
    lab.poison("SNAP#shop.live#1", "C#002", "data", first).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let store = lab.process();
    assert_eq!(served(&store, "shop.live").await, (1, false));
    let view = super::super::lab::view(&store, "shop.live").await;
    assert_eq!(view.snapshot.to_json().unwrap(), large_definition().to_json());
    assert_eq!(recorder.count("fallbacks_total wrong"), 1);
}
