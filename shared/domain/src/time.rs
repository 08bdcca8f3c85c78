//! Time, as a value.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, PrimitiveDateTime, format_description::well_known::Rfc3339};

/// The last moment that RFC 3339 can name.
const LAST: OffsetDateTime = PrimitiveDateTime::MAX.assume_utc();

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

    /// The moment as RFC 3339 text in UTC, with milliseconds: `2026-11-21T12:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        let nanos = i128::from(self.0) * 1_000_000;
        let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(LAST);
        let (date, time) = (moment.date(), moment.time());
        let (month, milli) = (u8::from(date.month()), time.millisecond());
        let (year, day, hour, minute, second) =
            (date.year(), date.day(), time.hour(), time.minute(), time.second());
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }

    /// The moment that RFC 3339 text names, with whatever offset; `None` if it names none after the epoch.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        u64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// Year and month in UTC, `202611`.
    pub fn month(self) -> u32 {
        let moment = i64::try_from(self.as_secs())
            .ok()
            .and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok());
        let date = moment.unwrap_or(LAST).date();
        u32::try_from(date.year()).unwrap_or_default() * 100 + u32::from(u8::from(date.month()))
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
    fn a_moment_is_written_and_read_as_rfc_3339() {
        let moment = Timestamp::from_millis(1_795_000_000_042);
        assert_eq!(moment.to_rfc3339(), "2026-11-18T11:06:40.042Z");
        assert_eq!(Timestamp::from_rfc3339("2026-11-18T11:06:40.042Z"), Some(moment));
        assert_eq!(Timestamp::from_rfc3339("2026-11-18T12:06:40.042+01:00"), Some(moment));
        assert_eq!(moment.month(), 202_611);
        for no_moment in ["", "2026-11-18", "1969-12-31T23:59:58Z", "soon"] {
            assert_eq!(Timestamp::from_rfc3339(no_moment), None, "{no_moment}");
        }
        assert_eq!(Timestamp::from_millis(u64::MAX).to_rfc3339(), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn seconds_are_whole_and_sums_saturate() {
        assert_eq!(Timestamp::from_millis(2_999).as_secs(), 2);
        assert_eq!(Timestamp::from_millis(1).plus(Duration::from_secs(2)), Timestamp::from_millis(2_001));
        assert_eq!(Timestamp::from_millis(1).plus(Duration::MAX), Timestamp::from_millis(u64::MAX));
    }
}
