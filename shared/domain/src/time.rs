//! Time, as a value.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A moment: milliseconds since the Unix epoch, by the wall clock.
///
/// The wall clock, because a Lambda process is frozen between requests and a monotonic clock may not count that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment that many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// How long ago `earlier` was; `None` when the clock was set back since, so that callers treat the age as unknown.
    pub fn since(self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0).map(Duration::from_millis)
    }

    /// The moment `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Tells the time. A trait, so that tests decide what time it is.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::default().plus(since_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_unknown_when_the_clock_was_set_back() {
        let (earlier, later) = (Timestamp::from_millis(1_500), Timestamp::from_millis(2_750));
        assert_eq!(later.since(earlier), Some(Duration::from_millis(1_250)));
        assert_eq!(earlier.since(later), None);
        assert_eq!(later.since(later), Some(Duration::ZERO));
    }

    #[test]
    fn seconds_are_whole_and_sums_saturate() {
        assert_eq!(Timestamp::from_millis(2_999).as_secs(), 2);
        assert_eq!(Timestamp::from_millis(1).plus(Duration::from_secs(2)), Timestamp::from_millis(2_001));
        assert_eq!(Timestamp::from_millis(1).plus(Duration::MAX), Timestamp::from_millis(u64::MAX));
    }
}
