//! Finding the cluster: it may be away, want TLS or credentials, lose nodes, or close connections while the process is frozen.

use std::net::TcpListener;

use dax_local::{Credentials, Options};
use pennon_dynamodb_local::credentials;
use pennon_store::DaxConfig;

use super::super::lab::served;
use super::{
    cluster::{DaxLab, PATIENCE, number},
    recorder::Recorder,
};

#[tokio::test]
async fn a_cluster_that_is_away_at_the_start_is_asked_as_soon_as_it_is_there() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    lab.publish("shop.next", 2).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let url = lab.cluster.url();
    lab.cluster.node(0).stop();
    let store = lab.process_with(DaxConfig { deadline: PATIENCE, ..DaxConfig::at(url) });
    assert_eq!(number(&store, "shop.live").await, 1);
    assert_eq!(recorder.count("fallbacks_total connection"), 1);
    lab.cluster.node(0).start().unwrap();
    assert_eq!(number(&store, "shop.next").await, 2);
    assert_eq!(recorder.count("misses_total dax"), 1);
}

#[tokio::test]
async fn a_cluster_that_never_was_does_not_keep_the_store_from_opening() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("dax://{nobody}"), "dax://no-such-host.invalid".to_owned()] {
        assert_eq!(number(&lab.process_with(DaxConfig::at(url)), "shop.live").await, 1);
    }
}

#[tokio::test]
async fn nothing_is_connected_before_a_snapshot_is_wanted() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let store = lab.process();
    super::super::lab::find(&store, "shop.live").await;
    assert_eq!(lab.counters().connections_opened, 0);
    served(&store, "shop.live").await;
    assert_eq!(lab.counters().connections_opened, 1);
}

#[tokio::test]
async fn connections_that_were_closed_during_a_freeze_cost_no_fallback() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    lab.publish("shop.next", 2).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let store = lab.process();
    served(&store, "shop.live").await;
    assert_eq!(lab.cluster.node(0).close_idle(), 1);
    assert_eq!(number(&store, "shop.next").await, 2);
    assert_eq!((recorder.count("misses_total dax"), recorder.fallbacks().len()), (2, 0));
}

#[tokio::test]
async fn the_loss_of_a_node_of_three_costs_no_fallback() {
    let lab = DaxLab::with(Options { nodes: 3, ..Options::default() }).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let store = lab.process();
    for (number_of, environment) in (0..6).zip(["shop.a", "shop.b", "shop.c", "shop.d", "shop.e", "shop.f"]) {
        lab.publish(environment, number_of).await;
        if number_of == 3 {
            lab.cluster.node(2).stop();
        }
        assert_eq!(number(&store, environment).await, number_of);
    }
    assert_eq!((recorder.count("misses_total dax"), recorder.fallbacks().len()), (6, 0));
}

#[tokio::test]
async fn attribute_lists_that_were_numbered_anew_cost_no_fallback() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    lab.publish("shop.next", 2).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let store = lab.process();
    served(&store, "shop.live").await;
    lab.cluster.node(0).forget_attribute_lists();
    assert_eq!(number(&store, "shop.next").await, 2);
    assert_eq!((recorder.count("misses_total dax"), recorder.fallbacks().len()), (2, 0));
}

#[tokio::test]
async fn tls_is_spoken_with_who_is_vouched_for_and_with_nobody_else() {
    let lab = DaxLab::with(Options { tls: true, ..Options::default() }).await;
    lab.publish("shop.live", 1).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, lab.cluster.ca_pem().unwrap()).unwrap();
    let dax =
        DaxConfig { deadline: PATIENCE, ca_file: Some(file.clone()), ..DaxConfig::at(lab.cluster.url()) };
    assert!(dax.endpoint.starts_with("daxs://"));
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    assert_eq!(number(&lab.process_with(dax.clone()), "shop.live").await, 1);
    assert_eq!(recorder.count("misses_total dax"), 1);

    let another = DaxLab::with(Options { tls: true, ..Options::default() }).await;
    std::fs::write(&file, another.cluster.ca_pem().unwrap()).unwrap();
    assert_eq!(number(&lab.process_with(dax), "shop.live").await, 1);
    assert_eq!((recorder.count("fallbacks_total connection"), recorder.count("hits_total dax")), (1, 0));
}

#[tokio::test]
async fn the_credentials_are_those_of_dynamodb() {
    for (known, refused) in [(credentials(), 0), (Credentials::new("local", "else", None, None, "test"), 1)] {
        let lab = DaxLab::with(Options { credentials: Some(vec![known]), ..Options::default() }).await;
        lab.publish("shop.live", 1).await;
        let recorder = Recorder::default();
        let _recording = metrics::set_default_local_recorder(&recorder);
        assert_eq!(number(&lab.process(), "shop.live").await, 1);
        assert_eq!(recorder.count("misses_total dax"), 1 - refused);
        assert_eq!(recorder.fallbacks().values().sum::<u64>(), refused);
        assert_eq!(lab.counters().authorizations, 1 - refused);
    }
}
