//! Each rule, broken.

use super::*;
use crate::{
    chaos::phase::{Fault, slowest_answer},
    oracle::Kind,
};

const STALE: Result = Result::Right { status: 200, conditional: false, stale: true };
const FRESH: Result = Result::Right { status: 200, conditional: false, stale: false };

/// A fault from second 10 to second 15, after which nothing follows for a long time.
fn past(failures: Failures, stale: bool) -> Past {
    let phase = Phase {
        name: "a fault",
        fault: Fault::Nothing,
        length: Duration::from_secs(5),
        stale,
        failures,
        management_may_fail: stale,
        latency: slowest_answer(),
    };
    let seconds = Duration::from_secs;
    Past { phase, broken: seconds(10)..seconds(15), end: seconds(60), primed: seconds(9), killed: 1 }
}

fn sample(kind: Kind, sent: f64, took: f64, result: Result) -> Sample {
    let sent = Duration::from_secs_f64(sent);
    Sample { kind, due: sent, sent, done: sent + Duration::from_secs_f64(took), result }
}

fn violations(past: &Past, samples: Vec<Sample>) -> usize {
    let record = Record { samples, incidents: Vec::new() };
    past.judge(None, &record, &[]).violations.len()
}

fn poll(sent: f64, result: Result) -> Vec<Sample> {
    vec![sample(Kind::Poll, sent, 0.01, result)]
}

#[test]
fn a_wrong_answer_or_none_is_never_right() {
    for failures in [Failures::None, Failures::Killed, Failures::KilledAndCold] {
        for result in [Result::Wrong, Result::Unanswered] {
            assert_eq!(violations(&past(failures, true), poll(12.0, result)), 1, "{failures:?} {result:?}");
        }
    }
}

#[test]
fn stale_answers_are_for_outages_and_end_with_them() {
    let outage = past(Failures::None, true);
    assert_eq!(violations(&outage, poll(12.0, STALE)), 0);
    assert_eq!(violations(&outage, poll(20.4, STALE)), 0);
    assert_eq!(violations(&outage, poll(20.6, STALE)), 1);
    assert_eq!(violations(&past(Failures::None, false), poll(12.0, STALE)), 1);
    let record = Record { samples: poll(17.0, STALE), incidents: Vec::new() };
    assert_eq!(outage.judge(None, &record, &[]).recovered, Duration::from_secs(2));
}

#[test]
fn a_failure_needs_a_reason() {
    assert_eq!(violations(&past(Failures::None, true), poll(12.0, Result::Failed(503))), 1);
    assert_eq!(violations(&past(Failures::Killed, false), poll(12.0, Result::Failed(502))), 0);
    assert_eq!(violations(&past(Failures::Killed, false), poll(12.0, Result::Failed(503))), 1);
    assert_eq!(violations(&past(Failures::KilledAndCold, true), poll(12.0, Result::Failed(503))), 0);
    assert_eq!(violations(&past(Failures::KilledAndCold, true), poll(21.0, Result::Failed(503))), 1);
    let two = [poll(12.0, Result::Failed(502)), poll(13.0, Result::Failed(502))].concat();
    assert_eq!(violations(&past(Failures::Killed, false), two), 1);
}

#[test]
fn what_is_streamed_breaks_off_with_its_process() {
    let snapshot = |sent| sample(Kind::Snapshot, sent, 0.01, Result::BrokeOff);
    assert_eq!(violations(&past(Failures::Killed, false), vec![snapshot(12.0)]), 0);
    assert_eq!(violations(&past(Failures::Killed, false), vec![snapshot(12.0), snapshot(13.0)]), 1);
    assert_eq!(violations(&past(Failures::Killed, false), vec![snapshot(21.0)]), 1);
    assert_eq!(violations(&past(Failures::None, true), vec![snapshot(12.0)]), 1);
    assert_eq!(violations(&past(Failures::Killed, false), poll(12.0, Result::BrokeOff)), 1);
}

#[test]
fn what_is_out_of_date_is_refused_from_then_on_and_not_before() {
    let mut outage = past(Failures::OutOfDate, true);
    outage.broken.end = Duration::from_secs(30);
    let refused = Result::Failed(503);
    assert_eq!(violations(&outage, poll(16.0, refused)), 1);
    assert_eq!(violations(&outage, poll(17.0, refused)), 0);
    assert_eq!(violations(&outage, poll(25.0, refused)), 0);
    assert_eq!(violations(&outage, poll(17.0, Result::Failed(500))), 1);
    // Once for the answer, and once because nothing else was refused.
    assert_eq!(violations(&outage, poll(25.0, STALE)), 2);
}

#[test]
fn an_answer_comes_in_time_unless_the_machine_stood_still() {
    let calm = past(Failures::None, false);
    let slow = |took| vec![sample(Kind::Evaluate, 12.0, took, FRESH)];
    assert_eq!(violations(&calm, slow(5.9)), 0);
    assert_eq!(violations(&calm, slow(6.1)), 1);
    let record = Record { samples: slow(6.1), incidents: Vec::new() };
    let stalls = [(Duration::from_secs(13), Duration::from_millis(400))];
    assert!(calm.judge(None, &record, &stalls).violations.is_empty());
}

#[test]
fn management_may_fail_where_that_is_said() {
    let publish = |sent| vec![sample(Kind::Publish, sent, 1.0, Result::Failed(503))];
    assert_eq!(violations(&past(Failures::None, true), publish(12.0)), 0);
    assert_eq!(violations(&past(Failures::None, true), publish(25.0)), 1);
    assert_eq!(violations(&past(Failures::None, false), publish(12.0)), 1);
}

#[test]
fn what_is_under_way_when_the_next_fault_begins_may_show_it() {
    let calm = past(Failures::None, false);
    let judge = |next: Past, kind, sent, result| {
        let end = next.broken.start;
        let record = Record { samples: vec![sample(kind, sent, 0.2, result)], incidents: Vec::new() };
        Past { end, ..calm.clone() }.judge(Some(&next), &record, &[]).violations.len()
    };
    let later = |failures, stale| {
        let seconds = Duration::from_secs;
        Past { broken: seconds(30)..seconds(35), ..past(failures, stale) }
    };
    for (kind, result) in
        [(Kind::Poll, STALE), (Kind::Manage, Result::Failed(503)), (Kind::Publish, Result::Unanswered)]
    {
        assert_eq!(judge(later(Failures::None, true), kind, 29.9, result), 0, "{kind:?}");
        assert_eq!(judge(later(Failures::None, true), kind, 29.7, result), 1, "{kind:?}");
        assert_eq!(judge(later(Failures::None, false), kind, 29.9, result), 1, "{kind:?}");
    }
    assert_eq!(judge(later(Failures::None, true), Kind::Poll, 29.9, Result::Wrong), 1);
    // It counts among those that the killed processes may cost.
    let killed = later(Failures::Killed, false);
    assert_eq!(judge(killed.clone(), Kind::Poll, 29.9, Result::Failed(502)), 0);
    let two = [sample(Kind::Poll, 29.9, 0.2, Result::Failed(502)); 2].to_vec();
    let record = Record { samples: two, incidents: Vec::new() };
    assert_eq!(killed.judge(None, &record, &[]).violations.len(), 1);
}

#[test]
fn a_machine_that_stood_still_excuses_what_says_so_and_nothing_else() {
    let stalls = [(Duration::from_secs(10), Duration::from_millis(300))];
    for (sent, result, excused) in [
        (12.0, STALE, 1),
        (12.0, Result::Failed(503), 1),
        (20.0, STALE, 0),
        (12.0, Result::Failed(500), 0),
        (12.0, Result::Wrong, 0),
    ] {
        let record = Record { samples: poll(sent, result), incidents: Vec::new() };
        let found = past(Failures::None, false).judge(None, &record, &stalls);
        assert_eq!((found.excused, found.violations.len()), (excused, 1 - excused), "{sent} {result:?}");
    }
}
