//! Which node a call goes to, when nodes go, come back and change roles.

use std::time::Duration;

use dax_client::{Client, Config};
use dax_local::{Fault, FaultKind, Method};

use crate::lab::{Lab, credentials, words};
use crate::outcome::{Failed, READS, WRITES, read, write};

/// The calls of that method at each node.
fn calls(lab: &Lab, method: Method) -> Vec<u64> {
    lab.counters().map(|counters| counters.calls_of(method)).collect()
}

#[tokio::test]
async fn reads_stay_with_one_node() {
    let lab = Lab::start(3).await;
    let dax = lab.client();
    for index in 0..30 {
        lab.clock.advance(Duration::from_secs(3));
        let key = format!("k{index}");
        assert_eq!(read(&dax, Method::GetItem, &key).await, Ok(words(&key)));
    }
    let mut calls = calls(&lab, Method::GetItem);
    calls.sort_unstable();
    assert_eq!(calls, [0, 0, 30]);
    assert_eq!(lab.calls_of(Method::Endpoints), 3, "by the second call, and again every 30 s");
}

#[tokio::test]
async fn writes_go_to_the_leader_and_follow_it() {
    let lab = Lab::start(3).await;
    let dax = lab.client();
    for method in WRITES {
        assert_eq!(write(&dax, method, "k1").await, Ok(()));
        assert_eq!(calls(&lab, method), [1, 0, 0], "{method:?}");
    }
    lab.cluster.set_leader(2);
    lab.clock.advance(Duration::from_secs(31));
    for method in WRITES {
        assert_eq!(write(&dax, method, "k1").await, Ok(()));
        assert_eq!(calls(&lab, method), [1, 0, 1], "{method:?}");
    }
}

#[tokio::test]
async fn reads_outlive_the_loss_of_nodes() {
    let lab = Lab::start(3).await;
    let dax = lab.client();
    // Whichever node the reads are at, it goes.
    for method in READS {
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")));
        for node in 0..2 {
            lab.cluster.node(node).stop();
            assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?} without node {node}");
        }
        (0..2).for_each(|node| lab.cluster.node(node).start().unwrap());
        lab.cluster.node(2).stop();
        assert_eq!(read(&dax, method, "k3").await, Ok(words("k3")), "{method:?} without node 2");
        lab.cluster.node(2).start().unwrap();
    }
}

#[tokio::test]
async fn writes_outlive_the_loss_of_the_leader() {
    let lab = Lab::start(3).await;
    let dax = lab.client();
    for (round, method) in WRITES.into_iter().enumerate() {
        let (lost, next) = (round % 3, (round + 1) % 3);
        lab.cluster.set_leader(lost);
        assert_eq!(write(&dax, method, "k1").await, Ok(()));
        lab.cluster.node(lost).stop();
        lab.cluster.set_leader(next);
        assert_eq!(write(&dax, method, "k1").await, Ok(()), "{method:?}");
        lab.cluster.node(lost).start().unwrap();
    }
}

#[tokio::test]
async fn a_node_that_hangs_costs_one_attempt() {
    let lab = Lab::start(2).await;
    let config = lab.config().attempt_timeout(Duration::from_millis(100));
    let dax = Client::new(config).unwrap();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    let hanging = calls(&lab, Method::GetItem).iter().position(|calls| *calls > 0).unwrap();
    lab.cluster.node(hanging).inject(Fault::new(FaultKind::BlackHole));
    for method in READS {
        assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?}");
    }
    let at_hanging = lab.cluster.node(hanging).counters();
    assert_eq!(
        READS.map(|method| at_hanging.calls_of(method)).iter().sum::<u64>(),
        2,
        "the first, and one that hangs"
    );
}

#[tokio::test]
async fn a_node_that_accepts_and_closes_is_passed_over() {
    let lab = Lab::start(2).await;
    lab.cluster.node(0).inject(Fault::new(FaultKind::Reject));
    let config = lab.config();
    for _ in 0..8 {
        let dax = Client::new(config.clone()).unwrap();
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
        assert_eq!(write(&dax, Method::TransactWriteItems, "k1").await, Ok(()));
    }
}

#[tokio::test]
async fn when_all_nodes_are_gone_calls_fail_and_when_they_are_back_they_work() {
    let lab = Lab::start(2).await;
    let dax = lab.hurried();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    (0..2).for_each(|node| lab.cluster.node(node).stop());
    for _ in 0..3 {
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Connection { sent: false }));
        assert_eq!(write(&dax, Method::UpdateItem, "k1").await, Err(Failed::Connection { sent: false }));
    }
    (0..2).for_each(|node| lab.cluster.node(node).start().unwrap());
    assert_eq!(read(&dax, Method::GetItem, "k2").await, Ok(words("k2")));
    assert_eq!(write(&dax, Method::UpdateItem, "k2").await, Ok(()));
}

#[tokio::test]
async fn one_address_is_enough_to_know_all_nodes_after_the_first_call() {
    let lab = Lab::start(3).await;
    let dax = Client::new(Config::new(&lab.cluster.url(), "us-east-1", credentials("A")).unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    }
    lab.cluster.node(0).stop();
    assert_eq!(read(&dax, Method::GetItem, "k2").await, Ok(words("k2")));
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_said_to_be_so() {
    let lab = Lab::start(1).await;
    let client = |url: &str| Client::new(Config::new(url, "us-east-1", credentials("A")).unwrap()).unwrap();
    let url = lab.cluster.url();
    lab.cluster.node(0).stop();
    assert_eq!(read(&client(&url), Method::GetItem, "k1").await, Err(Failed::Connection { sent: false }));
    let nowhere = client("dax://nowhere.invalid:1");
    assert_eq!(read(&nowhere, Method::GetItem, "k1").await, Err(Failed::Connection { sent: false }));
}
