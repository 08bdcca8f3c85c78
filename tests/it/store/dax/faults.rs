//! What it costs when DAX fails: its deadline at most, and never the answer.

use std::time::{Duration, Instant};

use dax_local::{Fault, FaultKind, Method, ServiceError};
use pennon_store::{Config, DaxConfig, Deadlines, Store};

use super::super::lab::{chunks, find, is_unavailable, patient, served};
use super::{
    cluster::{DaxLab, number_in},
    recorder::Recorder,
};

/// What DAX is given by default.
const DEADLINE: Duration = Duration::from_millis(50);
/// What DynamoDB and a busy machine may take on top of that.
const TOLERANCE: Duration = Duration::from_millis(40);
/// Of so many tries the fastest counts: the machine may be busy with something else during the others.
const TRIES: u32 = 4;

/// Something that goes wrong, and what the store calls it.
struct Case {
    fault: Fault,
    reason: &'static str,
}

#[tokio::test]
async fn each_kind_of_failure_costs_the_deadline_at_most_and_dynamodb_answers() {
    let lab = DaxLab::start().await;
    for case in cases() {
        let (cold, warm) = (cheapest(&lab, &case, false).await, cheapest(&lab, &case, true).await);
        let fault = case.fault;
        println!("{:?} on {:?}: {cold:?} cold, {warm:?} warm", fault.what, fault.method);
        assert!(cold.max(warm) < DEADLINE + TOLERANCE, "{fault:?}: {cold:?} cold, {warm:?} warm");
    }
}

/// What it costs a process to load a snapshot while DAX fails like that: one that has just started, or one that has read through
/// DAX before.
async fn cheapest(lab: &DaxLab, Case { fault, reason }: &Case, warm: bool) -> Duration {
    let recorder = Recorder::default();
    let mut costs = Vec::new();
    for number in 0..TRIES {
        let (before, after) =
            (format!("shop.b{:x}", fastrand::u32(..)), format!("shop.a{:x}", fastrand::u32(..)));
        lab.publish(&before, number).await;
        lab.publish(&after, number).await;
        let store = lab.hasty_process();
        if warm {
            served(&store, &before).await;
        }
        lab.cluster.node(0).inject(fault.clone());
        if warm && is_about_connecting(fault) {
            lab.cluster.node(0).close_idle();
        }
        let recording = metrics::set_default_local_recorder(&recorder);
        costs.push(cost(&store, &after, number).await);
        drop(recording);
        lab.cluster.node(0).clear_faults();
    }
    let fallbacks = recorder.fallbacks();
    // Whoever knows the lists needs none, and whoever is not told of other nodes asks the one that it knows.
    let is_needless = fault.method == Some(Method::Endpoints) || (warm && fault.method.is_some());
    assert!(is_needless || fallbacks.contains_key(*reason), "{fault:?}: {fallbacks:?}");
    // A busy machine may be late with anything.
    assert!(
        fallbacks.keys().all(|other| [*reason, "deadline"].contains(&other.as_str())),
        "{fault:?}: {fallbacks:?}"
    );
    costs.into_iter().min().unwrap()
}

fn is_about_connecting(fault: &Fault) -> bool {
    fault.what == FaultKind::Reject
}

/// How long it takes to get the right snapshot.
async fn cost(store: &Store, environment: &str, number: u32) -> Duration {
    let environment = find(store, environment).await;
    let start = Instant::now();
    let view = store.snapshot(&environment).await.unwrap();
    let took = start.elapsed();
    assert!(!view.stale);
    assert_eq!(number_in(&view.snapshot.to_json().unwrap()), number);
    took
}

fn cases() -> Vec<Case> {
    use FaultKind::{
        BlackHole, CloseAfter, CloseAfterDone, CloseBeforeDone, Delay, Error, ErrorAfterDone, Raw, Reject,
        Trickle, Unauthorized, Unprocessed,
    };
    let (broken, late, refused, malformed) = ("connection", "deadline", "refused", "malformed");
    let case = |what, reason| Case { fault: Fault::new(what), reason };
    let on = |method, what, reason| Case { fault: Fault::new(what).on(method), reason };
    vec![
        case(Delay(Duration::from_secs(10)), late),
        case(BlackHole, late),
        case(Trickle(Duration::from_millis(20)), late),
        case(CloseAfter(0), broken),
        case(CloseAfter(7), broken),
        case(CloseBeforeDone, broken),
        case(CloseAfterDone, broken),
        case(Reject, broken),
        case(Error(throttled()), refused),
        case(ErrorAfterDone(throttled()), refused),
        case(Error(no_such_table()), refused),
        case(Unauthorized, refused),
        case(Unprocessed(1), "unprocessed"),
        // Neither a list of error codes nor a result.
        case(Raw(b"\xff\xff\xff\xff".to_vec()), malformed),
        // A text that says that it is longer than the address space.
        case(Raw(b"\x80\x7b\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()), malformed),
        on(Method::Endpoints, BlackHole, late),
        on(Method::DefineAttributeList, BlackHole, late),
        on(Method::DefineAttributeList, CloseBeforeDone, broken),
    ]
}

fn throttled() -> ServiceError {
    error(&[1, 37, 38, 39, 50], "ThrottlingException")
}

fn no_such_table() -> ServiceError {
    error(&[4, 37, 38, 39, 41], "ResourceNotFoundException")
}

fn error(codes: &[i64], code: &str) -> ServiceError {
    ServiceError {
        codes: codes.to_vec(),
        message: "by the test".to_owned(),
        request_id: None,
        error_code: Some(code.to_owned()),
        http_status: Some(400),
        reasons: Vec::new(),
    }
}

#[tokio::test]
async fn a_node_that_is_gone_costs_the_deadline_at_most() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    lab.publish("shop.next", 2).await;
    let store = lab.hasty_process();
    served(&store, "shop.live").await;
    lab.cluster.node(0).stop();
    let cost = cost(&store, "shop.next", 2).await;
    assert!(cost < DEADLINE + TOLERANCE * 4, "{cost:?}");
}

#[tokio::test]
async fn the_deadline_is_what_the_configuration_says() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let deadline = Duration::from_millis(300);
    let store = lab.process_with(DaxConfig { deadline, ..DaxConfig::at(lab.cluster.url()) });
    lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    let cost = cost(&store, "shop.live", 1).await;
    assert!((deadline..deadline * 2).contains(&cost), "{cost:?}");
}

#[tokio::test]
async fn a_snapshot_has_one_deadline_whichever_tiers_are_asked() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let all = Duration::from_millis(300);
    // Each tier by itself would be in time.
    let each = Duration::from_millis(200);
    lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    lab.lab.proxy.inject(chunks(), pennon_test_support::Fault::Delay(each));
    let dax = Some(DaxConfig { deadline: each, ..DaxConfig::at(lab.cluster.url()) });
    let transfer = Deadlines { attempt: all, operation: all };
    let store = lab.process_like(Config { transfer, dax, ..patient() });
    let environment = find(&store, "shop.live").await;
    let start = Instant::now();
    assert!(is_unavailable(&store.snapshot(&environment).await.unwrap_err()));
    assert!(start.elapsed() < all * 2);
}

#[tokio::test]
async fn while_dynamodb_is_away_dax_alone_answers() {
    let lab = DaxLab::start().await;
    lab.publish("shop.live", 1).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    lab.lab.proxy.inject(chunks(), pennon_test_support::Fault::Close);
    assert_eq!(served(&lab.process(), "shop.live").await, (1, false));
    assert_eq!(recorder.count("misses_total dax"), 1);
}
