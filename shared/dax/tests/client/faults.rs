//! Every fault, on every operation: an answer is right or it is an error in time, and the next call finds nothing in a bad state.

use std::time::{Duration, Instant};

use dax_client::protocol::error::ServiceError;
use dax_local::{Fault, FaultKind, Method};

use crate::lab::{DEADLINE, Lab, TOLERANCE, words};
use crate::outcome::{Failed, READS, WRITES, after_one, read, write};

fn error(codes: &[i64]) -> ServiceError {
    ServiceError {
        codes: codes.to_vec(),
        message: "on purpose".to_owned(),
        request_id: None,
        error_code: None,
        http_status: None,
        reasons: Vec::new(),
    }
}

/// What leaves a read without a result once, so that it is made again.
fn passing() -> Vec<FaultKind> {
    let close_after = [0, 1, 2, 3, 7, 20].map(FaultKind::CloseAfter);
    let mut kinds = close_after.to_vec();
    kinds.extend([
        FaultKind::CloseBeforeDone,
        FaultKind::CloseAfterDone,
        FaultKind::Unauthorized,
        FaultKind::Trickle(Duration::ZERO),
        FaultKind::Delay(Duration::from_millis(20)),
        FaultKind::Raw(vec![0xff; 9]),
        FaultKind::Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        // Something else than the results of the operation.
        FaultKind::Raw(vec![0x80, 0x07, 0x07, 0x07]),
        // More than one response.
        FaultKind::Raw(vec![0x80, 0xf6, 0x80, 0xf6, 0xf6]),
        FaultKind::Error(error(&[1, 2, 3])),
        FaultKind::Error(error(&[2, 1])),
        FaultKind::Error(error(&[4, 37, 38, 39, 50])),
        FaultKind::ErrorAfterDone(error(&[1, 37, 38, 53])),
    ]);
    kinds
}

#[tokio::test]
async fn reads_outlive_what_passes() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for method in READS {
        for kind in passing() {
            // A read that is answered from a cache is as good a read.
            lab.cluster.node(0).inject(Fault::once(kind.clone()).on(method));
            assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")), "{method:?} {kind:?}");
            assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?} after {kind:?}");
            lab.cluster.node(0).clear_faults();
        }
    }
}

#[tokio::test]
async fn reads_end_in_time_when_nothing_passes() {
    let lab = Lab::start(2).await;
    let dax = lab.hurried();
    let lasting = [
        (FaultKind::BlackHole, Failed::Timeout),
        (FaultKind::Delay(Duration::from_secs(30)), Failed::Timeout),
        (FaultKind::Trickle(Duration::from_secs(1)), Failed::Timeout),
        (FaultKind::CloseAfter(1), Failed::Connection { sent: true }),
        (FaultKind::Raw(vec![0xff; 9]), Failed::Malformed),
        (FaultKind::Error(error(&[3, 37, 54])), Failed::Service("InternalServerError".to_owned())),
        (FaultKind::Unauthorized, Failed::Service("UnrecognizedClientException".to_owned())),
    ];
    for method in READS {
        for (kind, expected) in &lasting {
            (0..2).for_each(|node| lab.cluster.node(node).inject(Fault::new(kind.clone())));
            let begun = Instant::now();
            let outcome = read(&dax, method, "k1").await;
            assert!(begun.elapsed() < DEADLINE + TOLERANCE, "{method:?} {kind:?}: {:?}", begun.elapsed());
            assert_eq!(outcome, Err(expected.clone()), "{method:?} {kind:?}");
            (0..2).for_each(|node| lab.cluster.node(node).clear_faults());
            assert_eq!(read(&dax, method, "k2").await, Ok(words("k2")), "{method:?} after {kind:?}");
        }
    }
}

#[tokio::test]
async fn throttling_costs_pauses_but_not_the_deadline() {
    let lab = Lab::start(1).await;
    let dax = lab.hurried();
    for (method, codes) in [(Method::GetItem, [4, 37, 38, 39, 40]), (Method::PutItem, [4, 37, 38, 39, 50])] {
        lab.cluster.node(0).inject(Fault::new(FaultKind::Error(error(&codes))).on(method));
        let (begun, before) = (Instant::now(), lab.calls_of(method));
        let outcome = if method.is_read() {
            read(&dax, method, "k1").await.map(drop)
        } else {
            write(&dax, method, "k1").await
        };
        assert!(matches!(outcome, Err(Failed::Service(_))), "{outcome:?}");
        assert!(begun.elapsed() < DEADLINE + TOLERANCE);
        assert!(
            (2..=3).contains(&(lab.calls_of(method) - before)),
            "it is tried again, but no more than twice"
        );
    }
}

#[tokio::test]
async fn writes_are_done_once_or_not_at_all() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    let kinds = [
        (FaultKind::CloseBeforeDone, false),
        (FaultKind::CloseAfterDone, true),
        (FaultKind::CloseAfter(1), true),
        (FaultKind::Raw(vec![0xff; 9]), false),
        (FaultKind::ErrorAfterDone(error(&[1, 37, 38, 53])), true),
        (FaultKind::ErrorAfterDone(error(&[4, 37, 38, 39, 47])), true),
    ];
    let mut item = 0;
    for method in WRITES {
        for (kind, is_done) in &kinds {
            let key = format!("k{item}");
            lab.cluster.node(0).inject(Fault::once(kind.clone()).on(method));
            let before = lab.calls_of(method);
            let outcome = write(&dax, method, &key).await;
            let once = after_one(method, &item.to_string());
            if method == Method::TransactWriteItems && !matches!(kind, FaultKind::ErrorAfterDone(_)) {
                // Its token lets DynamoDB know it again.
                assert_eq!((outcome, lab.stored(&key).await), (Ok(()), once), "{kind:?}");
                assert_eq!(lab.calls_of(method) - before, 2, "{kind:?}");
            } else {
                assert!(outcome.is_err(), "{method:?} {kind:?}");
                let expected = if *is_done { once } else { Some(item.to_string()) };
                assert_eq!(lab.stored(&key).await, expected, "{method:?} {kind:?}");
                assert_eq!(lab.calls_of(method) - before, 1, "{method:?} {kind:?}");
            }
            item += 1;
        }
    }
}

#[tokio::test]
async fn writes_that_are_never_answered_end_in_time() {
    let lab = Lab::start(1).await;
    let dax = lab.hurried();
    for method in WRITES {
        lab.cluster.node(0).inject(Fault::once(FaultKind::BlackHole).on(method));
        let begun = Instant::now();
        assert_eq!(write(&dax, method, "k1").await, Err(Failed::Timeout), "{method:?}");
        assert!(begun.elapsed() < DEADLINE + TOLERANCE, "{method:?}: {:?}", begun.elapsed());
        assert_eq!(write(&dax, Method::UpdateItem, "k2").await, Ok(()), "after {method:?}");
    }
}

#[tokio::test]
async fn writes_outlive_what_cannot_have_done_them() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    for (item, method) in WRITES.into_iter().enumerate() {
        for kind in [
            FaultKind::Unauthorized,
            FaultKind::Trickle(Duration::ZERO),
            FaultKind::Error(error(&[4, 37, 38, 39, 50])),
            FaultKind::Error(error(&[4, 37, 38, 39, 57])),
            FaultKind::Error(error(&[2, 1])),
        ] {
            let key = format!("k{item}");
            let before = lab.stored(&key).await.unwrap_or_else(|| "0".to_owned());
            lab.cluster.node(0).inject(Fault::once(kind.clone()).on(method));
            assert_eq!(write(&dax, method, &key).await, Ok(()), "{method:?} {kind:?}");
            assert_eq!(lab.stored(&key).await, after_one(method, &before), "{method:?} {kind:?}");
        }
    }
}

#[tokio::test]
async fn after_an_answer_that_makes_no_sense_no_idle_connection_is_used() {
    let lab = Lab::start(1).await;
    let dax = lab.client();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    // Complete, but a number where an item should be.
    lab.cluster.node(0).inject(Fault::once(FaultKind::Raw(vec![0x80, 0x07])).on(Method::GetItem));
    assert_eq!(read(&dax, Method::GetItem, "k2").await, Ok(words("k2")));
    assert_eq!(lab.connections_opened(), 2);
}
