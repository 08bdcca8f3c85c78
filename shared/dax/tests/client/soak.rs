//! Everything at once, at random: nodes go and come back, connections close, lists are numbered anew, calls are cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use dax_client::{Client, protocol::error::ServiceError};
use dax_local::{Fault, FaultKind, Method, Options};
use pennon_test_support::{Stalls, lateness};

use crate::lab::{ITEMS, Lab, TABLE, number, text, words};
use crate::outcome::{Failed, READS, read};

const LASTS: Duration = Duration::from_secs(6);
/// A run goes on until so many calls were answered rightly, however busy the machine is; but not for ever.
const ENOUGH: u64 = 200;
const PATIENCE: Duration = Duration::from_mins(1);
const DEADLINE: Duration = Duration::from_millis(500);
/// How much later than its deadline a call may end, while two processors do all of this; what the machine itself is late comes on top.
const TOLERANCE: Duration = Duration::from_millis(700);
/// Until it is noted how late the machine was; as long before a call, a delay may have begun that it met.
const UNTIL_NOTED: Duration = Duration::from_millis(50);
/// How often a call is made again that was late on a late machine.
const TRIES: usize = 10;
const NODES: usize = 3;
const READERS: usize = 12;

/// How the calls of a run ended.
#[derive(Debug, Default)]
struct Tally {
    right: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
}

/// The machine that all of this runs on.
#[derive(Debug)]
struct Machine {
    start: Instant,
    stalls: Stalls,
}

impl Machine {
    /// By how much it was late while a call took so long.
    async fn late_during(&self, sent: Duration, took: Duration) -> Duration {
        tokio::time::sleep(UNTIL_NOTED).await;
        lateness(&self.stalls.noted(), &(sent.saturating_sub(UNTIL_NOTED)..sent + took))
    }

    /// What a call gives where the machine does not keep it for the time of an attempt.
    async fn read_undisturbed(&self, dax: &Client, method: Method, key: &str) -> Result<String, Failed> {
        for _ in 1..TRIES {
            let sent = self.start.elapsed();
            let outcome = read(dax, method, key).await;
            let took = self.start.elapsed().saturating_sub(sent);
            if outcome != Err(Failed::Timeout) || self.late_during(sent, took).await < DEADLINE / 3 {
                return outcome;
            }
        }
        read(dax, method, key).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_answers_are_right_or_errors_and_in_time() {
    let lab = Lab::with(Options { nodes: NODES, ..Options::default() }).await;
    let config =
        lab.config().read_deadline(DEADLINE).attempt_timeout(DEADLINE / 3).connect_timeout(DEADLINE / 3);
    let dax = Client::new(config.max_connections(4)).unwrap();
    let (over, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
    let begun = Instant::now();
    let machine = Arc::new(Machine { start: begun, stalls: Stalls::watch(begun) });
    let reader = || read_until(dax.clone(), Arc::clone(&over), Arc::clone(&tally), Arc::clone(&machine));
    let readers: Vec<_> = (0..READERS).map(|_| tokio::spawn(reader())).collect();

    let goes_on = |lasted| lasted < LASTS || (lasted < PATIENCE && tally.right.load(Relaxed) <= ENOUGH);
    while goes_on(begun.elapsed()) {
        something_happens(&lab).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..40))).await;
    }
    over.store(true, Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }

    for node in 0..NODES {
        lab.cluster.node(node).clear_faults();
        lab.cluster.node(node).start().unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for index in 0..ITEMS {
        let key = format!("k{index}");
        for method in READS {
            let outcome = machine.read_undisturbed(&dax, method, &key).await;
            assert_eq!(outcome, Ok(words(&key)), "when all is well again");
        }
    }
    let (right, failed) = (tally.right.load(Relaxed), tally.failed.load(Relaxed));
    assert!(right > ENOUGH && failed < right, "{tally:?}");
}

async fn read_until(dax: Client, over: Arc<AtomicBool>, tally: Arc<Tally>, machine: Arc<Machine>) {
    while !over.load(Relaxed) {
        let key = format!("k{}", fastrand::usize(..ITEMS));
        let method = READS[fastrand::usize(..READS.len())];
        if fastrand::u8(..10) == 0 {
            let within = Duration::from_micros(fastrand::u64(..5000));
            if tokio::time::timeout(within, read(&dax, method, &key)).await.is_err() {
                tally.cancelled.fetch_add(1, Relaxed);
            }
            continue;
        }
        let (sent, begun) = (machine.start.elapsed(), Instant::now());
        let outcome = read(&dax, method, &key).await;
        let took = begun.elapsed();
        if took >= DEADLINE + TOLERANCE {
            let late = machine.late_during(sent, took).await;
            assert!(
                took < DEADLINE + TOLERANCE + late,
                "{method:?} took {took:?}, {late:?} late: {outcome:?}"
            );
        }
        match outcome {
            Ok(text) => {
                assert_eq!(text, words(&key), "{method:?}");
                tally.right.fetch_add(1, Relaxed);
            }
            Err(Failed::Service(code)) => {
                assert!(["ThrottlingException", "UnrecognizedClientException"].contains(&&*code), "{code}");
            }
            Err(_) => drop(tally.failed.fetch_add(1, Relaxed)),
        }
    }
}

async fn something_happens(lab: &Lab) {
    let node = lab.cluster.node(fastrand::usize(..NODES));
    match fastrand::u8(..12) {
        0 => node.stop(),
        1 | 2 => node.start().unwrap(),
        3 => drop(node.close_idle()),
        4 => lab.cluster.set_leader(fastrand::usize(..NODES)),
        5 => lab.cluster.flush(),
        // Gives lists of other lengths the numbers that were forgotten.
        6 => {
            node.stop();
            node.start().unwrap();
            let other = Client::new(lab.config().read_deadline(DEADLINE).write_deadline(DEADLINE)).unwrap();
            let put = other.put_item().table_name(TABLE).item("pk", text("other")).item("a", number(1));
            // It may fail as any write may.
            drop(put.send().await);
        }
        7 => lab.clock.advance(Duration::from_secs(fastrand::u64(..200))),
        8..10 => node.clear_faults(),
        _ => node.inject(Fault { times: Some(fastrand::usize(1..6)), ..Fault::new(any_fault()) }),
    }
}

fn any_fault() -> FaultKind {
    match fastrand::u8(..9) {
        0 => FaultKind::Delay(Duration::from_millis(fastrand::u64(..300))),
        1 => FaultKind::CloseAfter(fastrand::usize(..60)),
        2 => FaultKind::BlackHole,
        3 => FaultKind::Trickle(Duration::from_micros(200)),
        // No response begins like that, so it cannot be one by chance.
        4 => FaultKind::Raw(vec![0xff; fastrand::usize(1..20)]),
        5 => FaultKind::Reject,
        6 => FaultKind::Unauthorized,
        7 => FaultKind::CloseAfterDone,
        _ => FaultKind::Error(ServiceError {
            codes: vec![4, 37, 38, 39, 50],
            message: "too much".to_owned(),
            request_id: None,
            error_code: None,
            http_status: None,
            reasons: Vec::new(),
        }),
    }
}
