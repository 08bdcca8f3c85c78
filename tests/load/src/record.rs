//! What is measured: every request, and what became of it.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hdrhistogram::Histogram;

use crate::oracle::Kind;

/// The longest latency that is told from others: one minute, in microseconds.
const LONGEST: u64 = 60_000_000;
/// So many decimal digits of each latency are kept.
const DIGITS: u8 = 3;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    /// A right answer.
    Right {
        /// Its status.
        status: u16,
        /// Whether it was asked by somebody who had an answer before.
        conditional: bool,
        /// Whether it said that it was stale.
        stale: bool,
    },
    /// A failure of that status, in the form that failures have.
    Failed(u16),
    /// No answer at all.
    Unanswered,
    /// An answer that began and broke off, as its head cannot be taken back: only one that is streamed may.
    BrokeOff,
    /// An answer that must not be.
    Wrong,
}

impl Result {
    /// Whether it was a right answer.
    pub fn is_right(self) -> bool {
        matches!(self, Self::Right { .. })
    }

    /// Whether it was a stale answer.
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Right { stale: true, .. })
    }
}

/// A request that is over. Times count from the start of the run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What was asked.
    pub kind: Kind,
    /// When it was due.
    pub due: Duration,
    /// When it was sent.
    pub sent: Duration,
    /// When its answer was there.
    pub done: Duration,
    /// What became of it.
    pub result: Result,
}

impl Sample {
    /// From when it was due to its answer.
    pub fn latency(&self) -> Duration {
        self.done.saturating_sub(self.due)
    }
}

/// Something that is not a right answer, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What was asked.
    pub kind: Kind,
    /// When it was sent.
    pub sent: Duration,
    /// What became of it.
    pub result: Result,
    /// What was wrong.
    pub what: String,
}

/// Takes note of requests, from whatever task.
#[derive(Debug, Default)]
pub struct Recorder {
    samples: Mutex<Vec<Sample>>,
    incidents: Mutex<Vec<Incident>>,
    /// When the last answer of the evaluation plane was asked for that was stale or none, in microseconds.
    last_bad: AtomicU64,
}

impl Recorder {
    /// Takes note of a request.
    pub fn note(&self, sample: Sample) {
        if sample.kind.evaluates() && (sample.result.is_stale() || !sample.result.is_right()) {
            self.last_bad.fetch_max(micros(sample.sent), Ordering::SeqCst);
        }
        locked(&self.samples).push(sample);
    }

    /// Takes note of what was wrong with one.
    pub fn report(&self, incident: Incident) {
        locked(&self.incidents).push(incident);
    }

    /// When the last answer of the evaluation plane was asked for that was stale or none, of those that are there. Zero: never.
    pub fn last_bad(&self) -> Duration {
        Duration::from_micros(self.last_bad.load(Ordering::SeqCst))
    }

    /// Everything so far, by when it was sent.
    pub fn take(&self) -> Record {
        let mut samples = std::mem::take(&mut *locked(&self.samples));
        let mut incidents = std::mem::take(&mut *locked(&self.incidents));
        samples.sort_by_key(|sample| sample.sent);
        incidents.sort_by_key(|incident| incident.sent);
        Record { samples, incidents }
    }
}

/// Everything that was measured, by when it was sent.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Every request.
    pub samples: Vec<Sample>,
    /// Those that were not answered rightly, in words.
    pub incidents: Vec<Incident>,
}

/// The figures of one kind of request.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Latencies in microseconds, from when a request was due.
    pub latencies: Histogram<u64>,
    /// The same, from when it was sent.
    pub service: Histogram<u64>,
    /// How many answers of each status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests of somebody who had an answer before.
    pub conditional: u64,
    /// Of those, the ones that found nothing new.
    pub unchanged: u64,
    /// Requests without any answer.
    pub unanswered: u64,
    /// Answers that broke off.
    pub broke_off: u64,
    /// Answers that must not be.
    pub wrong: u64,
}

impl Record {
    /// The requests that were sent in that time.
    pub fn within(&self, time: &Range<Duration>) -> &[Sample] {
        let from = self.samples.partition_point(|sample| sample.sent < time.start);
        let to = self.samples.partition_point(|sample| sample.sent < time.end);
        self.samples.get(from..to).unwrap_or_default()
    }
}

impl Figures {
    /// Of those requests.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Self {
        let mut figures = Self {
            latencies: histogram(),
            service: histogram(),
            statuses: BTreeMap::new(),
            conditional: 0,
            unchanged: 0,
            unanswered: 0,
            broke_off: 0,
            wrong: 0,
        };
        samples.into_iter().for_each(|sample| figures.add(sample));
        figures
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.statuses.values().sum::<u64>() + self.unanswered + self.broke_off + self.wrong
    }

    fn add(&mut self, sample: &Sample) {
        self.latencies.saturating_record(micros(sample.latency()));
        self.service.saturating_record(micros(sample.done.saturating_sub(sample.sent)));
        match sample.result {
            Result::Right { status, conditional, .. } => {
                *self.statuses.entry(status).or_default() += 1;
                self.conditional += u64::from(conditional);
                self.unchanged += u64::from(status == 304);
            }
            Result::Failed(status) => *self.statuses.entry(status).or_default() += 1,
            Result::Unanswered => self.unanswered += 1,
            Result::BrokeOff => self.broke_off += 1,
            Result::Wrong => self.wrong += 1,
        }
    }
}

/// An empty histogram of latencies in microseconds.
#[expect(clippy::expect_used, reason = "the bounds are constants, and every test makes one")]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("valid bounds")
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(millisecond: u64, latency: u64, result: Result) -> Sample {
        let (due, done) = (Duration::from_millis(millisecond), Duration::from_millis(millisecond + latency));
        Sample { kind: Kind::Poll, due, sent: due, done, result }
    }

    #[test]
    fn figures_count_what_became_of_each_request() {
        let right = |status, conditional| Result::Right { status, conditional, stale: false };
        let results = [right(200, false), right(304, true), right(200, true), Result::Failed(503)];
        let results = results.into_iter().chain([Result::Unanswered, Result::BrokeOff, Result::Wrong]);
        let samples: Vec<_> = results.map(|result| sample(0, 10, result)).collect();
        let figures = Figures::of(&samples);
        assert_eq!(figures.statuses, BTreeMap::from([(200, 2), (304, 1), (503, 1)]));
        let counts = (figures.requests(), figures.conditional, figures.unchanged);
        assert_eq!(counts, (7, 2, 1));
        assert_eq!((figures.unanswered, figures.broke_off, figures.wrong), (1, 1, 1));
        assert!(figures.latencies.max().abs_diff(10_000) < 20);
    }

    #[test]
    fn a_record_is_cut_by_when_requests_were_sent() {
        let recorder = Recorder::default();
        for millisecond in [30, 10, 20] {
            recorder.note(sample(millisecond, 100, Result::Unanswered));
        }
        let record = recorder.take();
        let within =
            |from, to| record.within(&(Duration::from_millis(from)..Duration::from_millis(to))).len();
        assert_eq!((within(0, 10), within(10, 30), within(0, 31), within(40, 50)), (0, 2, 3, 0));
    }
}
