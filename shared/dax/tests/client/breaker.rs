//! The circuit breaker, around whole calls.

use std::time::{Duration, Instant};

use dax_client::{Breaker, BreakerState, Client};
use dax_local::{Fault, FaultKind, Method};

use crate::lab::{Lab, words};
use crate::outcome::{Failed, read};

fn client(lab: &Lab) -> Client {
    let breaker = Breaker { failures: 3, ..Breaker::default() };
    let config =
        lab.config().read_deadline(Duration::from_millis(50)).attempt_timeout(Duration::from_millis(50));
    Client::new(config.breaker(breaker)).unwrap()
}

#[tokio::test]
async fn opens_costs_nothing_and_closes_again() {
    let lab = Lab::start(1).await;
    let dax = client(&lab);
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    for _ in 0..3 {
        assert_eq!(dax.breaker(), BreakerState::Closed);
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Timeout));
    }
    let (calls, connections, begun) =
        (lab.calls_of(Method::GetItem), lab.connections_opened(), Instant::now());
    for _ in 0..1000 {
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::BreakerOpen));
    }
    assert!(begun.elapsed() < Duration::from_millis(500));
    assert_eq!((lab.calls_of(Method::GetItem), lab.connections_opened()), (calls, connections));

    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(dax.breaker(), BreakerState::HalfOpen);
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Timeout));
    assert_eq!(dax.breaker(), BreakerState::Open);
    lab.cluster.node(0).clear_faults();
    lab.clock.advance(Duration::from_secs(2));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert_eq!(dax.breaker(), BreakerState::Closed);
}

#[tokio::test]
async fn a_process_that_was_frozen_tries_again_at_once() {
    let lab = Lab::start(1).await;
    let dax = client(&lab);
    let fault = || lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    fault();
    for _ in 0..3 {
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Timeout));
    }
    lab.cluster.node(0).clear_faults();
    lab.clock.advance(Duration::from_hours(3));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
}

#[tokio::test]
async fn what_the_server_refuses_does_not_open_it() {
    let lab = Lab::start(1).await;
    let dax = Client::new(lab.config().breaker(Breaker { failures: 1, ..Breaker::default() })).unwrap();
    for _ in 0..3 {
        let refused = dax.get_item().table_name("none").key("pk", crate::lab::text("a")).send().await;
        assert!(refused.is_err());
        assert_eq!(dax.breaker(), BreakerState::Closed);
    }
}

#[tokio::test]
async fn a_cancelled_call_says_nothing() {
    let lab = Lab::start(1).await;
    let dax = Client::new(lab.config().breaker(Breaker { failures: 1, ..Breaker::default() })).unwrap();
    lab.cluster.node(0).inject(Fault::once(FaultKind::BlackHole));
    let cancelled = tokio::time::timeout(Duration::from_millis(30), read(&dax, Method::GetItem, "k1")).await;
    assert!(cancelled.is_err());
    assert_eq!(dax.breaker(), BreakerState::Closed);
}
