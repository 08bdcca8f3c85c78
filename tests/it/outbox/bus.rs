//! The publisher against a bus that refuses, fails, is silent or forgets to answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use pennon_domain::ChangeEvent;
use pennon_events::Reason;
use pennon_test_support::{Fault, Scope};
use proptest::prelude::*;
use serde_json::Value;

use super::lab::{Lab, assert_in_order, event};

/// Long enough for whatever passes.
const PATIENT: Duration = Duration::from_secs(20);
const THROTTLING: &str = "ThrottlingException";

/// That many events of each project in turn.
fn events(projects: &[&str], each: usize) -> Vec<ChangeEvent> {
    let numbers = 0..each * projects.len();
    numbers.map(|number| event(projects[number % projects.len()], number)).collect()
}

/// Refuses an event so many times with that code.
fn times(id: &'static str, code: &'static str, mut times: u32) -> impl FnMut(&Value) -> Option<&'static str> {
    move |detail| {
        if detail["id"] != id || times == 0 {
            return None;
        }
        times -= 1;
        Some(code)
    }
}

#[tokio::test]
async fn every_event_is_told_once_while_nothing_fails() {
    let lab = Lab::start().await;
    let all = events(&["a", "b", "c"], 7);
    lab.bus(PATIENT).publish(&all).await.unwrap();
    assert_in_order(&lab.told());
    let mut ids = lab.ids();
    ids.sort();
    assert_eq!(ids, (0..21).map(|number| format!("{number:03}")).collect::<Vec<_>>());
    // Three projects side by side.
    assert_eq!(lab.proxy.count("PutEvents"), 7);
}

#[tokio::test]
async fn an_event_says_where_it_is_from_and_when_it_was() {
    let lab = Lab::start().await;
    lab.bus(PATIENT).publish(&[event("a", 0)]).await.unwrap();
    let told = lab.told();
    let of = |member: &str| told[0][member].as_str().unwrap().to_owned();
    assert_eq!(
        (of("source"), of("detail-type"), of("time")),
        ("pennon".to_owned(), "Flag Changed".to_owned(), "2026-11-21T09:00:00.000Z".to_owned())
    );
}

#[tokio::test]
async fn nothing_overtakes_a_throttled_event_of_its_project() {
    let lab = Lab::start().await;
    lab.local.refuse(times("000", THROTTLING, 3));
    lab.bus(PATIENT).publish(&events(&["a", "b"], 3)).await.unwrap();
    let told = lab.told();
    assert_in_order(&told);
    assert_eq!(told.len(), 6);
    // The other project has not waited.
    assert_eq!(lab.ids()[0], "001");
}

#[tokio::test]
async fn a_refused_event_is_named_and_nothing_after_it_is_told() {
    let lab = Lab::start().await;
    lab.local.refuse(times("002", "MalformedDetail", u32::MAX));
    let error = lab.bus(PATIENT).publish(&events(&["a"], 5)).await.unwrap_err();
    assert_eq!((error.first, error.accepted), (2, 2));
    assert!(matches!(&error.reason, Reason::Refused(text) if text.contains("MalformedDetail")), "{error}");
    assert_eq!(lab.ids(), ["000", "001"]);
}

#[tokio::test]
async fn a_refused_event_does_not_speak_for_one_before_it() {
    let lab = Lab::start().await;
    let mut throttled = times("000", THROTTLING, u32::MAX);
    let mut refused = times("001", "MalformedDetail", u32::MAX);
    lab.local.refuse(move |detail| throttled(detail).or_else(|| refused(detail)));
    let error = lab.bus(PATIENT).publish(&events(&["a", "b"], 2)).await.unwrap_err();
    assert_eq!(error.first, 0);
    assert!(matches!(&error.reason, Reason::Unavailable(text) if text.contains(THROTTLING)), "{error}");
}

#[tokio::test]
async fn an_outage_is_given_up_in_time_and_what_is_left_is_told_afterwards() {
    let lab = Lab::start().await;
    let all = events(&["a"], 4);
    lab.proxy.inject(Scope::all().after(2), Fault::INTERNAL);
    let begun = Instant::now();
    let error = lab.bus(Duration::from_millis(400)).publish(&all).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!((error.first, error.accepted), (2, 2));
    assert!(matches!(error.reason, Reason::Unavailable(_)), "{error}");

    lab.proxy.heal();
    lab.bus(PATIENT).publish(&all[error.first..]).await.unwrap();
    assert_eq!(lab.ids(), ["000", "001", "002", "003"]);
}

#[tokio::test]
async fn a_bus_that_recovers_in_time_is_waited_for() {
    for fault in
        [Fault::INTERNAL, Fault::Error { status: 400, code: THROTTLING }, Fault::Close, Fault::BlackHole]
    {
        let lab = Lab::start().await;
        // More than the SDK tries by itself.
        lab.proxy.inject(Scope::all().times(4), fault.clone());
        lab.bus(PATIENT).publish(&events(&["a"], 2)).await.unwrap();
        assert_eq!(lab.ids(), ["000", "001"], "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_an_event_be_told_twice_and_never_not() {
    let lab = Lab::start().await;
    lab.proxy.inject(Scope::all().times(1), Fault::LoseAnswer);
    lab.bus(PATIENT).publish(&events(&["a"], 2)).await.unwrap();
    assert_eq!(lab.ids(), ["000", "000", "001"]);
}

#[tokio::test]
async fn the_largest_events_fit_into_requests() {
    let lab = Lab::start().await;
    let large = |(number, project): (usize, &str)| {
        let ChangeEvent { detail, .. } = event(project, number);
        let filled = format!(r#","x":"{}"}}"#, "x".repeat(200 * 1024 - 60));
        ChangeEvent { detail: detail.replace('}', &filled), ..event(project, number) }
    };
    let all: Vec<_> = ["a", "b", "c"].into_iter().enumerate().map(large).collect();
    lab.bus(PATIENT).publish(&all).await.unwrap();
    assert_eq!(lab.ids(), ["000", "001", "002"]);
    assert_eq!(lab.proxy.count("PutEvents"), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whichever events are refused for a while, and whichever answers get lost.
    #[test]
    fn nothing_is_lost_and_nothing_overtakes(
        projects in prop::collection::vec(0_usize..4, 1..24),
        throttled in prop::collection::btree_map(0_usize..24, 1_u32..3, 0..4),
        lost in prop::option::of(0_u32..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let lab = Lab::start().await;
            let mut left: BTreeMap<String, u32> =
                throttled.iter().map(|(number, times)| (format!("{number:03}"), *times)).collect();
            lab.local.refuse(move |detail| {
                let times = left.get_mut(detail["id"].as_str()?).filter(|times| **times > 0)?;
                *times -= 1;
                Some(THROTTLING)
            });
            if let Some(after) = lost {
                lab.proxy.inject(Scope::all().after(after).times(1), Fault::LoseAnswer);
            }
            let project = |project: &usize| ["a", "b", "c", "d"][*project];
            let all: Vec<_> =
                projects.iter().enumerate().map(|(number, one)| event(project(one), number)).collect();
            lab.bus(PATIENT).publish(&all).await.unwrap();
            assert_in_order(&lab.told());
            let told: BTreeSet<_> = lab.ids().into_iter().collect();
            assert_eq!(told.len(), all.len());
        });
    }
}
