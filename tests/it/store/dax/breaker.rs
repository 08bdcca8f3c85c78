//! While DAX keeps failing it is left alone, and that costs nothing; when it is well again it is asked again.

use std::time::{Duration, Instant};

use dax_local::{Fault, FaultKind};
use pennon_store::{DaxConfig, DaxStatus, Store};

use super::super::{lab::served, log::Log};
use super::{
    cluster::{DaxLab, number},
    recorder::Recorder,
};

/// How many failures in a row it takes.
const FAILURES: u64 = 5;
/// How soon one call finds out whether DAX is well again.
const COOLDOWN: Duration = Duration::from_secs(1);
/// Long enough for a call to arrive, however busy the machine.
const DEADLINE: Duration = Duration::from_millis(200);

async fn publish_many(lab: &DaxLab, many: u64) -> Vec<String> {
    let mut environments = Vec::new();
    for number in 0..many {
        let environment = format!("shop.e{number}");
        lab.publish(&environment, u32::try_from(number).unwrap()).await;
        environments.push(environment);
    }
    environments
}

/// Opens the breaker of a new process.
async fn trip(lab: &DaxLab, environments: &[String]) -> Store {
    lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    let store = lab.process_with(DaxConfig { deadline: DEADLINE, ..DaxConfig::at(lab.cluster.url()) });
    for environment in environments {
        served(&store, environment).await;
    }
    store
}

#[tokio::test]
async fn an_open_breaker_costs_nothing() {
    let lab = DaxLab::start().await;
    let environments = publish_many(&lab, FAILURES + 10).await;
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let (first, rest) = environments.split_at(5);
    let (store, without_dax) = (trip(&lab, first).await, lab.lab.store());
    let opened = Instant::now();
    assert_eq!(recorder.count("fallbacks_total deadline"), FAILURES);
    assert!((recorder.gauge("breaker_state") - 2.0).abs() < f64::EPSILON);

    let before = lab.counters();
    let (mut costs, mut costs_without) = (Vec::new(), Vec::new());
    for environment in rest {
        costs.push(time_of(served(&store, environment)).await);
        costs_without.push(time_of(served(&without_dax, environment)).await);
    }
    assert!(opened.elapsed() < COOLDOWN, "too busy a machine to tell: {costs:?}");
    let after = lab.counters();
    assert_eq!((after.connections_opened, &after.calls), (before.connections_opened, &before.calls));
    assert_eq!(recorder.count("fallbacks_total breaker"), 10);
    assert_eq!(recorder.count("read_microseconds dax"), FAILURES);
    costs.sort();
    costs_without.sort();
    let (median, median_without) = (costs[5], costs_without[5]);
    println!("HEAD and snapshot, median: {median:?} with an open breaker, {median_without:?} without DAX");
    assert!(median < median_without * 2 + Duration::from_millis(5), "{costs:?}, {costs_without:?}");
}

async fn time_of(work: impl Future<Output = (u64, bool)>) -> Duration {
    let start = Instant::now();
    assert_eq!(work.await, (1, false));
    start.elapsed()
}

#[tokio::test]
async fn dax_is_asked_again_when_it_is_well_again_and_the_log_says_both_once() {
    let lab = DaxLab::start().await;
    let environments = publish_many(&lab, FAILURES + 8).await;
    let (first, rest) = environments.split_at(8);
    let recorder = Recorder::default();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let (log, _logging) = Log::listen();
    let store = trip(&lab, first).await;
    lab.cluster.node(0).clear_faults();
    tokio::time::sleep(COOLDOWN).await;
    for (number_of, environment) in (8..).zip(rest) {
        assert_eq!(number(&store, environment).await, number_of);
    }
    assert_eq!(recorder.count("misses_total dax"), 5);
    assert!(recorder.gauge("breaker_state").abs() < f64::EPSILON);
    let told: Vec<_> = log.levels().into_iter().filter(|level| *level <= tracing::Level::INFO).collect();
    assert_eq!(told, [tracing::Level::WARN, tracing::Level::INFO]);
}

#[tokio::test]
async fn while_dax_stays_away_one_load_at_a_time_finds_out() {
    let lab = DaxLab::start().await;
    let environments = publish_many(&lab, FAILURES + 10).await;
    let (first, rest) = environments.split_at(5);
    let store = trip(&lab, first).await;
    tokio::time::sleep(COOLDOWN).await;
    let before = lab.calls();
    futures_util::future::join_all(rest.iter().map(|environment| served(&store, environment))).await;
    assert_eq!(lab.calls() - before, 1);
}

#[tokio::test]
async fn readiness_says_how_dax_is_and_depends_on_dynamodb_alone() {
    let lab = DaxLab::start().await;
    let environments = publish_many(&lab, FAILURES).await;
    assert_eq!(lab.lab.store().ready().await.unwrap(), DaxStatus::Off);
    assert_eq!(lab.process().ready().await.unwrap(), DaxStatus::Ok);

    let store = trip(&lab, &environments).await;
    assert_eq!(store.ready().await.unwrap(), DaxStatus::BreakerOpen);
    assert_eq!(lab.hasty_process().ready().await.unwrap(), DaxStatus::Unreachable);
}
