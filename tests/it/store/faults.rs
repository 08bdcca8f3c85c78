//! Each call of a write fails in each way: whatever happens, the change has happened or it has not, and a retry with the same
//! idempotency key finds out which and ends in exactly one change.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use pennon_domain::ChangeError;
use pennon_store::{Config, Current, Deadlines};
use pennon_test_support::{Fault, Scope};

use super::{
    lab::{id, patient, transactions},
    write::{AUDIT_ROWS, VERSIONS, Write, lab},
    writing::{call, number_of, put},
};

/// How many labs at the same time.
const AT_ONCE: usize = 4;
/// Gives up soon.
fn impatient() -> Config {
    let deadlines = Deadlines { attempt: Duration::from_millis(300), operation: Duration::from_millis(400) };
    let change_deadline = Duration::from_millis(400);
    Config { point: deadlines, transfer: deadlines, change_deadline, ..patient() }
}

async fn survives(write: Write, call: u32, fault: Fault) {
    let what = format!("{write:?}, call {call}, {fault:?}");
    let lab = lab().await;
    // From that call on: one that fails alone is mended by the SDK.
    lab.proxy.inject(Scope::all().after(call), fault);
    let first = write.run(&lab.store_with(impatient())).await;
    lab.proxy.heal();
    let happened = write.has_happened(&lab).await;
    match &first {
        Ok(_) => assert!(happened, "{what}"),
        Err(ChangeError::Store(_)) => {}
        Err(error) => panic!("{what}: {error}"),
    }
    let again = write.run(&lab.store()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    if let Ok(first) = first {
        assert_eq!(first, again, "{what}");
    }
    assert!(write.has_happened(&lab).await, "{what}");
}

async fn every_call(fault: Fault) {
    let mut cases = Vec::new();
    for write in Write::ALL {
        let calls = write.calls().await;
        assert!((5..15).contains(&calls), "{write:?}: {calls} calls");
        cases.extend((0..calls).map(|call| survives(write, call, fault.clone())));
    }
    stream::iter(cases).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_dynamodb_goes_away_before_any_call() {
    every_call(Fault::Close).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_answer_to_any_call_is_lost() {
    every_call(Fault::LoseAnswer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_dynamodb_falls_silent_before_any_call() {
    every_call(Fault::BlackHole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_any_call_is_answered_too_late() {
    every_call(Fault::DelayAnswer(Duration::from_secs(1))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_any_call_is_throttled() {
    every_call(Fault::THROTTLED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_any_one_call_fails_once_nobody_notices() {
    for write in Write::ALL {
        for fault in [Fault::Close, Fault::LoseAnswer, Fault::INTERNAL, Fault::THROTTLED] {
            for call in 0..write.calls().await {
                let lab = lab().await;
                lab.proxy.inject(Scope::all().after(call).times(1), fault.clone());
                let outcome = write.run(&lab.store()).await;
                assert!(outcome.is_ok(), "{write:?}, call {call}, {fault:?}: {outcome:?}");
                assert!(write.has_happened(&lab).await);
            }
        }
    }
}

/// Counts up without an idempotency key, while the first transaction is carried out long after its author gave it up, and the
/// next one after `pause`: both are of the same version, so one of them fails. Either way it counts once.
async fn counts_once(pause: Duration) {
    let lab = lab().await;
    let store = lab.store_with(Config { change_deadline: Duration::from_secs(5), ..impatient() });
    lab.proxy.inject(transactions().times(1), Fault::Delay(pause));
    // With the SDK's own retry, which is of the same transaction.
    lab.proxy.inject(transactions().times(2), Fault::Late(Duration::from_millis(600)));
    let decide = |current: &Current| {
        let number = number_of(&current.definition, "cart").unwrap() + 1;
        Ok(put(current, "cart", number))
    };
    let answer = store.change(&id("shop.live"), &call(), decide).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let current = lab.elsewhere().current(&id("shop.live")).await.unwrap().unwrap();
    assert_eq!((answer.version, current.head.version), (Some(VERSIONS + 1), VERSIONS + 1));
    assert_eq!(number_of(&current.definition, "cart"), Some(VERSIONS + 101));
    assert_eq!(lab.items("audit").await.len(), AUDIT_ROWS + 1);
}

#[tokio::test]
async fn a_transaction_that_commits_after_it_was_given_up_is_found() {
    counts_once(Duration::from_millis(280)).await;
}

#[tokio::test]
async fn a_transaction_that_was_given_up_does_not_commit_after_its_successor() {
    counts_once(Duration::ZERO).await;
}
