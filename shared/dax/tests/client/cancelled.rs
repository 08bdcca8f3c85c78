//! Calls whose futures are dropped on the way.

use std::time::Duration;

use dax_local::{Fault, FaultKind, Method};

use crate::lab::{ITEMS, Lab, words};
use crate::outcome::{READS, WRITES, read, write};

#[tokio::test]
async fn a_connection_whose_call_was_cancelled_is_closed() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    assert_eq!(read(&dax, Method::GetItem, "k0").await, Ok(words("k0")));
    for method in READS {
        lab.cluster.node(0).inject(Fault::once(FaultKind::Delay(Duration::from_millis(60))).on(method));
        let cancelled = tokio::time::timeout(Duration::from_millis(20), read(&dax, method, "k1")).await;
        assert!(cancelled.is_err(), "{method:?}");
        // Would be the answer about k1 on the old connection.
        assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?}");
    }
    assert_eq!(lab.connections_opened(), 1 + READS.len() as u64);
}

#[tokio::test]
async fn writes_may_be_cancelled_too() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for method in WRITES {
        lab.cluster.node(0).inject(Fault::once(FaultKind::Delay(Duration::from_millis(60))).on(method));
        let cancelled = tokio::time::timeout(Duration::from_millis(20), write(&dax, method, "k1")).await;
        assert!(cancelled.is_err(), "{method:?}");
        assert_eq!(read(&dax, Method::GetItem, "k2").await, Ok(words("k2")), "{method:?}");
    }
}

#[tokio::test]
async fn whenever_a_call_is_cancelled_no_other_call_gets_its_answer() {
    let lab = Lab::start(2).await;
    let dax = lab.client();
    for round in 0..300_u64 {
        let (cancelled, kept) =
            (format!("k{}", fastrand::usize(..ITEMS)), format!("k{}", fastrand::usize(..ITEMS)));
        let method = READS[fastrand::usize(..READS.len())];
        let within = Duration::from_micros(fastrand::u64(..3000));
        // Sometimes it is ready in time.
        if let Ok(outcome) = tokio::time::timeout(within, read(&dax, method, &cancelled)).await {
            assert_eq!(outcome, Ok(words(&cancelled)));
        }
        assert_eq!(read(&dax, method, &kept).await, Ok(words(&kept)), "round {round}");
    }
}

#[tokio::test]
async fn calls_that_wait_for_a_connection_may_be_cancelled() {
    let lab = Lab::start(1).await;
    let dax = dax_client::Client::new(lab.config().max_connections(1)).unwrap();
    assert_eq!(read(&dax, Method::GetItem, "k0").await, Ok(words("k0")));
    lab.cluster.node(0).inject(Fault::once(FaultKind::Delay(Duration::from_millis(200))));
    let slow = tokio::spawn({
        let dax = dax.clone();
        async move { read(&dax, Method::GetItem, "k1").await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let waiting = tokio::time::timeout(Duration::from_millis(20), read(&dax, Method::GetItem, "k2")).await;
    assert!(waiting.is_err());
    assert_eq!(slow.await.unwrap(), Ok(words("k1")));
    assert_eq!(read(&dax, Method::GetItem, "k3").await, Ok(words("k3")));
    assert_eq!(lab.connections_opened(), 1);
}
