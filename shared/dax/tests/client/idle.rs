//! Connections that have been idle, as after a process was frozen and thawed.

use std::time::Duration;

use dax_local::Method;

use crate::lab::{Lab, words};
use crate::outcome::{READS, WRITES, after_one, read, write};

#[tokio::test]
async fn reads_do_not_notice_that_idle_connections_were_closed() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for method in READS {
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")));
        assert_eq!(lab.cluster.node(0).close_idle(), 1);
        assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?}");
    }
    for method in READS {
        let before = lab.calls_of(method);
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")));
        assert_eq!(lab.calls_of(method) - before, 1);
    }
}

#[tokio::test]
async fn writes_do_not_notice_either_and_are_done_once() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for (item, method) in WRITES.into_iter().enumerate() {
        assert_eq!(read(&dax, Method::GetItem, "k9").await, Ok(words("k9")));
        assert_eq!(lab.cluster.node(0).close_idle(), 1);
        let key = format!("k{item}");
        assert_eq!(write(&dax, method, &key).await, Ok(()), "{method:?}");
        assert_eq!(lab.stored(&key).await, after_one(method, &item.to_string()), "{method:?}");
    }
}

#[tokio::test]
async fn many_closed_connections_cost_no_more_than_one() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for _ in 0..2 {
        let reads = (0..10).map(|index| {
            let dax = dax.clone();
            tokio::spawn(async move { read(&dax, Method::Query, &format!("k{index}")).await })
        });
        for (index, read) in reads.collect::<Vec<_>>().into_iter().enumerate() {
            assert_eq!(read.await.unwrap(), Ok(words(&format!("k{index}"))));
        }
        assert!(lab.cluster.node(0).close_idle() > 1);
    }
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
}

#[tokio::test]
async fn a_connection_that_is_too_old_by_the_wall_clock_is_not_used() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    lab.clock.advance(Duration::from_secs(25));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert_eq!(lab.connections_opened(), 1);
    lab.clock.advance(Duration::from_secs(31));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert!(lab.connections_opened() >= 2);
    assert_eq!(lab.counters().map(|counters| counters.connections_open).sum::<u64>(), 1);
}

#[tokio::test]
async fn connections_that_are_not_needed_any_more_are_closed() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let reads = (0..10).map(|index| {
        let dax = dax.clone();
        tokio::spawn(async move { read(&dax, Method::Scan, &format!("k{index}")).await })
    });
    for read in reads.collect::<Vec<_>>() {
        read.await.unwrap().unwrap();
    }
    let open = || lab.counters().map(|counters| counters.connections_open).sum::<u64>();
    assert!(open() > 1);
    for _ in 0..4 {
        lab.clock.advance(Duration::from_secs(10));
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    }
    // The other end notices a little later.
    for _ in 0..100 {
        if open() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} connections are open", open());
}
