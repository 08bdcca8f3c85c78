//! Whether everything held that had to hold.

use std::{ops::Range, time::Duration};

use pennon_test_support::lateness;

use super::phase::{Failures, MAX_STALE, Phase, recovery};
use crate::{
    ledger::HEAD_AGE,
    record::{Record, Result, Sample},
};

/// What a busy machine may add to any answer, beside the stalls that were seen.
const SLACK: Duration = Duration::from_millis(1_500);
/// A machine that stood still for so long may have kept DynamoDB from answering in time.
const STALL: Duration = Duration::from_millis(250);
/// The clocks of the processes count in milliseconds, and they are not looked at at the same moment.
const ROUNDING: Duration = Duration::from_millis(50);

/// A phase that is over. Times count from the start of the run.
#[derive(Clone, Debug)]
pub struct Past {
    /// What was broken.
    pub phase: Phase,
    /// When.
    pub broken: Range<Duration>,
    /// When the next phase began.
    pub end: Duration,
    /// Since when every process had read HEAD.
    pub primed: Duration,
    /// How many processes were killed that evaluate.
    pub killed: usize,
}

/// What was found in a phase.
#[derive(Clone, Debug)]
pub struct Found {
    /// What must not be, in words; empty if all is well.
    pub violations: Vec<String>,
    /// How long after the fault there still was an answer that was stale or none.
    pub recovered: Duration,
    /// Failures of the evaluation plane, all of which may be.
    pub failures: usize,
    /// Failures of the management plane.
    pub management_failures: usize,
    /// Stale answers.
    pub stale: usize,
    /// Stale answers and 503 that must not be, but the machine stood still for longer than DynamoDB is waited for.
    pub excused: usize,
    /// The slowest answer of the evaluation plane, from when it was asked for.
    pub slowest: Duration,
}

impl Past {
    /// The fault, and the time after it in which its consequences may show.
    fn consequences(&self) -> Range<Duration> {
        self.broken.start..self.broken.end + recovery()
    }

    /// Whether the request was under way at some time of those.
    fn concerns(&self, sample: &Sample) -> bool {
        let time = self.consequences();
        sample.sent < time.end && sample.done >= time.start
    }

    /// Judges what was asked from the beginning of this phase to that of the next; what was under way then may show the fault of
    /// either. `stalls` are those of the machine.
    pub fn judge(&self, next: Option<&Self>, record: &Record, stalls: &[(Duration, Duration)]) -> Found {
        let samples = record.within(&(self.broken.start..self.end));
        let mut found = Found {
            violations: Vec::new(),
            recovered: Duration::ZERO,
            failures: 0,
            management_failures: 0,
            stale: 0,
            excused: 0,
            slowest: Duration::ZERO,
        };
        for sample in samples {
            let next = next.filter(|next| next.concerns(sample));
            self.judge_one(next, sample, stalls, &mut found);
        }
        let broken = if self.kills() { self.broken_requests(record) } else { 0 };
        if self.killed < broken {
            found
                .violations
                .push(format!("{broken} requests broke, but {} processes were killed", self.killed));
        }
        if self.phase.failures == Failures::OutOfDate && found.failures == 0 {
            found.violations.push("no 503 although all snapshots were too old".to_owned());
        }
        found
    }

    /// How many requests were under way at a process that ended.
    fn broken_requests(&self, record: &Record) -> usize {
        let concerned =
            record.samples.iter().filter(|sample| sample.kind.evaluates() && self.concerns(sample));
        concerned.filter(|sample| is_broken(sample)).count()
    }

    /// `next` is the phase that followed, if the request was still under way then.
    fn judge_one(
        &self,
        next: Option<&Self>,
        sample: &Sample,
        stalls: &[(Duration, Duration)],
        found: &mut Found,
    ) {
        if !sample.kind.evaluates() {
            return self.judge_management(next, sample, found);
        }
        let took = sample.done.saturating_sub(sample.sent);
        found.slowest = found.slowest.max(took);
        let latency = next.map_or(Duration::ZERO, |next| next.phase.latency).max(self.phase.latency);
        let bound = latency + SLACK + lateness(stalls, &(sample.sent..sample.done));
        if took > bound {
            found.violations.push(describe(sample, &format!("took {took:?}, more than {bound:?}")));
        }
        let (stale, bad) = (sample.result.is_stale(), !sample.result.is_right());
        found.stale += usize::from(stale);
        found.failures += usize::from(bad);
        if (stale || bad) && sample.sent >= self.broken.end {
            found.recovered = found.recovered.max(sample.sent.saturating_sub(self.broken.end));
        }
        let allowed_next = next.is_some_and(|next| next.forbids(sample).is_none());
        if let Some(wrong) = self.forbids(sample).filter(|_| !allowed_next) {
            if excuses(sample, stalls) {
                found.excused += 1;
            } else {
                found.violations.push(describe(sample, wrong));
            }
        }
    }

    /// Why that must not be; `None`: it may.
    fn forbids(&self, sample: &Sample) -> Option<&'static str> {
        let concerned = self.concerns(sample);
        match sample.result {
            Result::Right { stale: true, .. } if !(self.phase.stale && concerned) => {
                Some("stale without a reason")
            }
            Result::Right { .. } if self.is_out_of_date(sample) => Some("answered although HEAD is too old"),
            Result::Right { .. } => None,
            Result::Wrong => Some("wrong"),
            Result::Unanswered => Some("no answer"),
            Result::BrokeOff if concerned && is_broken(sample) && self.kills() => None,
            Result::BrokeOff => Some("an answer that broke off"),
            Result::Failed(status) => match self.phase.failures {
                _ if !concerned => Some("a failure although nothing is wrong"),
                Failures::None => Some("a failure"),
                // How many there may be is seen at the end.
                Failures::Killed | Failures::KilledAndCold if is_broken(sample) => None,
                Failures::Killed => Some("503 although DynamoDB is there"),
                Failures::OutOfDate if status != 503 => Some("another failure than 503"),
                Failures::OutOfDate if sample.sent < self.first_503() => {
                    Some("a failure while snapshots were young enough")
                }
                Failures::KilledAndCold | Failures::OutOfDate => None,
            },
        }
    }

    /// Whether processes are killed that evaluate.
    fn kills(&self) -> bool {
        matches!(self.phase.failures, Failures::Killed | Failures::KilledAndCold)
    }

    /// When the first process may have nothing any more: it last read HEAD when it was primed, or not long before.
    fn first_503(&self) -> Duration {
        (self.primed + MAX_STALE).saturating_sub(HEAD_AGE + ROUNDING)
    }

    /// Whether no process may have anything for the request: DynamoDB has been away for too long, and still is.
    fn is_out_of_date(&self, sample: &Sample) -> bool {
        self.phase.failures == Failures::OutOfDate
            && sample.sent > self.broken.start + MAX_STALE + ROUNDING
            && sample.done < self.broken.end
    }

    fn judge_management(&self, next: Option<&Self>, sample: &Sample, found: &mut Found) {
        let mut phases = [Some(self), next].into_iter().flatten();
        let may_fail = phases.any(|past| past.phase.management_may_fail && past.concerns(sample));
        match sample.result {
            Result::Right { .. } => {}
            Result::Wrong => found.violations.push(describe(sample, "wrong")),
            _ if may_fail => found.management_failures += 1,
            _ => found.violations.push(describe(sample, "failed")),
        }
    }
}

/// Whether the answer says, in the way that it should, that DynamoDB could not be had, and the machine itself may have been the reason:
/// it stood still while the process waited for HEAD, or before, when the process last tried to read it.
fn excuses(sample: &Sample, stalls: &[(Duration, Duration)]) -> bool {
    let says_so = sample.result.is_stale() || sample.result == Result::Failed(503);
    let relevant = sample.sent.saturating_sub(recovery())..sample.done;
    says_so && stalls.iter().any(|(at, late)| *late >= STALL && relevant.contains(at))
}

/// Whether the process that had the request ended: the gateway says so, unless it had passed the head of the answer on.
fn is_broken(sample: &Sample) -> bool {
    match sample.result {
        Result::Failed(status) => status != 503,
        Result::BrokeOff => sample.kind.is_streamed(),
        _ => false,
    }
}

fn describe(sample: &Sample, what: &str) -> String {
    format!("at {:.2} s, {}: {what} ({:?})", sample.sent.as_secs_f64(), sample.kind.name(), sample.result)
}

#[cfg(test)]
mod tests;
