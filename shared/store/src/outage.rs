//! Remembering a failure, so that it is neither retried on every request nor logged on every request.

use std::time::Duration;

use pennon_domain::{StoreError, Timestamp};

/// For how long a failure is remembered where there is nothing to serve meanwhile: long enough to spare a dependency that is
/// down, short enough not to turn a hiccup into an outage.
const PAUSE_WITHOUT_FALLBACK: Duration = Duration::from_millis(250);

/// Something could not be read, and is not tried again before a pause is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    failed_at: Timestamp,
    pause: Duration,
    error: Remembered,
}

impl Outage {
    /// The failure of a read that ended now. Where something older can be served meanwhile, `pause` says for how long,
    /// give or take a quarter; where nothing can, the next try comes soon.
    pub(crate) fn new(error: &StoreError, now: Timestamp, pause: Option<Duration>) -> Self {
        let pause = jittered(pause.unwrap_or(PAUSE_WITHOUT_FALLBACK));
        Self { failed_at: now, pause, error: Remembered::of(error) }
    }

    /// Whether it is too early for another try. A clock that was set back ends the pause.
    pub(crate) fn pauses(&self, now: Timestamp) -> bool {
        now.since(self.failed_at).is_some_and(|age| age < self.pause)
    }

    /// The failure, for one more caller.
    pub(crate) fn error(&self) -> StoreError {
        self.error.again()
    }
}

/// What of an error can be given to more than one caller: all but its cause, which went to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remembered {
    Unavailable(&'static str),
    Damaged(&'static str),
}

impl Remembered {
    pub(crate) fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable { context, .. } => Self::Unavailable(context),
            StoreError::Damaged { context, .. } => Self::Damaged(context),
            StoreError::Conflict => Self::Unavailable("a conflict"),
        }
    }

    pub(crate) fn again(self) -> StoreError {
        match self {
            Self::Unavailable(context) => StoreError::Unavailable { context, source: None },
            Self::Damaged(context) => StoreError::Damaged { context, source: None },
        }
    }
}

/// Whether something confirmed then may be served now, unconfirmed. If the clock was set back its age is not known, and counts
/// from now.
pub(crate) fn still_serves(confirmed: &mut Timestamp, now: Timestamp, max_stale: Duration) -> bool {
    if now < *confirmed {
        *confirmed = now;
    }
    now.since(*confirmed).is_some_and(|age| age <= max_stale)
}

/// The duration give or take a random quarter, so that processes that started together do not ask together.
pub(crate) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(fastrand::f64().mul_add(0.5, 0.75))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_quarter_and_varies() {
        let drawn: Vec<_> = (0..1000).map(|_| jittered(Duration::from_secs(2))).collect();
        let bounds = Duration::from_millis(1500)..=Duration::from_millis(2500);
        assert!(drawn.iter().all(|duration| bounds.contains(duration)));
        assert!(drawn.iter().max() > drawn.iter().min());
    }

    #[test]
    fn an_outage_pauses_until_its_time_is_over_or_the_clock_was_set_back() {
        let at = Timestamp::from_millis(10_000);
        let down = StoreError::Unavailable { context: "reading HEAD", source: None };
        let outage = Outage::new(&down, at, None);
        assert!(outage.pauses(at));
        assert!(!outage.pauses(at.plus(Duration::from_millis(320))));
        assert!(!outage.pauses(Timestamp::from_millis(9_999)));
    }
}
