//! What is known of the versions of one environment: when each was published, and who saw it when.

use std::{collections::BTreeMap, time::Duration};

/// For how long a function that is not told otherwise may answer from a HEAD in memory: `HEAD_TTL_MS`, 2 s, and a quarter of it.
pub const HEAD_AGE: Duration = Duration::from_millis(2_500);
/// The clocks of the processes count in milliseconds.
const ROUNDING: Duration = Duration::from_millis(20);

/// An answer that an environment's history does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Anachronism {
    /// The version does not exist yet.
    #[error("version {0} was answered before anybody had tried to publish it")]
    FromTheFuture(u64),
    /// There is a newer one, and has been for too long.
    #[error("version {seen} was answered to a request sent {age:?} after version {known} was known to exist")]
    TooOld {
        /// The version that was answered.
        seen: u64,
        /// A newer one.
        known: u64,
        /// How long before the request that one was known.
        age: Duration,
    },
}

/// How a publish reached the readers, counted from its acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Propagation {
    /// Until the first answer with it, or a later one.
    pub first: Option<Duration>,
    /// Until the last request that was still answered with an earlier one was sent. `None`: there was none.
    pub last: Option<Duration>,
}

/// The history of one environment. Times count from the start of the run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    versions: BTreeMap<u64, Version>,
    /// When which version was first known to exist; both grow.
    known: Vec<(Duration, u64)>,
}

#[derive(Clone, Debug)]
struct Version {
    attempted: Duration,
    acknowledged: Option<Duration>,
    first_seen: Option<Duration>,
    last_without: Option<Duration>,
}

impl Ledger {
    /// Somebody is about to publish that version.
    pub fn attempt(&mut self, version: u64, now: Duration) {
        let attempted = Version { attempted: now, acknowledged: None, first_seen: None, last_without: None };
        self.versions.entry(version).or_insert(attempted);
    }

    /// The publish of that version was acknowledged.
    pub fn acknowledge(&mut self, version: u64, now: Duration) {
        self.attempt(version, now);
        if let Some(version) = self.versions.get_mut(&version) {
            version.acknowledged.get_or_insert(now);
        }
        self.exists(version, now);
    }

    /// The latest version that is known to exist.
    pub fn latest(&self) -> u64 {
        self.known.last().map_or(0, |(_, version)| *version)
    }

    /// The latest version that anybody has tried to publish.
    pub fn latest_attempted(&self) -> u64 {
        self.versions.keys().next_back().copied().unwrap_or_default()
    }

    /// The latest version whose publish was acknowledged.
    pub fn latest_acknowledged(&self) -> u64 {
        let acknowledged = self.versions.iter().rev().find(|(_, version)| version.acknowledged.is_some());
        acknowledged.map_or(0, |(number, _)| *number)
    }

    /// Takes note of an answer, and says whether it may have been given.
    ///
    /// HEAD is read with strong consistency and then kept for at most [`HEAD_AGE`], so what was known to exist that long before a
    /// request was sent is in its answer. Where the answer says itself that it is stale, `age` is `MAX_STALE` instead; where it is
    /// read for the caller, zero.
    pub fn see(
        &mut self,
        version: u64,
        sent: Duration,
        done: Duration,
        age: Duration,
    ) -> Result<(), Anachronism> {
        let attempted = self.versions.get(&version).is_some_and(|version| version.attempted <= done);
        if !attempted {
            return Err(Anachronism::FromTheFuture(version));
        }
        let (known_at, known) = self.known_by(sent.saturating_sub(age + ROUNDING));
        if version < known {
            return Err(Anachronism::TooOld { seen: version, known, age: sent.saturating_sub(known_at) });
        }
        self.exists(version, done);
        self.note(version, sent, done);
        Ok(())
    }

    /// How each acknowledged publish reached the readers.
    pub fn propagations(&self) -> impl Iterator<Item = (u64, Duration, Propagation)> {
        self.versions.iter().filter_map(|(number, version)| {
            let since = version.acknowledged?;
            let after = |moment: Option<Duration>| moment.map(|moment| moment.saturating_sub(since));
            let reached = Propagation { first: after(version.first_seen), last: after(version.last_without) };
            Some((*number, since, reached))
        })
    }

    fn exists(&mut self, version: u64, now: Duration) {
        if version > self.latest() {
            self.known.push((now, version));
        }
    }

    /// The latest version that was known to exist at that moment, and since when.
    fn known_by(&self, moment: Duration) -> (Duration, u64) {
        let until = self.known.partition_point(|(since, _)| *since <= moment);
        until.checked_sub(1).and_then(|last| self.known.get(last)).copied().unwrap_or_default()
    }

    fn note(&mut self, seen: u64, sent: Duration, done: Duration) {
        for version in self.versions.range_mut(..=seen).rev().map(|(_, version)| version) {
            if version.first_seen.is_some() {
                break;
            }
            version.first_seen = Some(done);
        }
        for version in self.versions.range_mut(seen + 1..).map(|(_, version)| version) {
            if version.acknowledged.is_some_and(|since| since < sent) {
                version.last_without = version.last_without.max(Some(sent));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Versions 1, 2 and 3, acknowledged after one, two and three seconds.
    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for version in 1..=3 {
            ledger.attempt(version, ms(version * 1000 - 10));
            ledger.acknowledge(version, ms(version * 1000));
        }
        ledger
    }

    #[test]
    fn an_old_version_is_answered_until_head_must_have_been_read_again() {
        let mut ledger = ledger();
        assert_eq!(ledger.see(2, ms(5_510), ms(5_511), HEAD_AGE), Ok(()));
        let too_old = Anachronism::TooOld { seen: 2, known: 3, age: ms(2_530) };
        assert_eq!(ledger.see(2, ms(5_530), ms(5_531), HEAD_AGE), Err(too_old));
        assert_eq!(ledger.see(3, ms(9_000), ms(9_001), HEAD_AGE), Ok(()));
        assert_eq!(ledger.see(2, ms(9_000), ms(9_001), Duration::from_hours(1)), Ok(()));
    }

    #[test]
    fn what_was_seen_exists_even_if_nobody_acknowledged_it() {
        let mut ledger = ledger();
        ledger.attempt(4, ms(4_000));
        assert_eq!(ledger.see(4, ms(4_000), ms(4_100), HEAD_AGE), Ok(()));
        assert_eq!((ledger.latest(), ledger.latest_acknowledged()), (4, 3));
        assert!(ledger.see(3, ms(6_700), ms(6_701), HEAD_AGE).is_err());
    }

    #[test]
    fn nobody_sees_the_future() {
        let mut ledger = ledger();
        assert_eq!(ledger.see(4, ms(9_000), ms(9_001), HEAD_AGE), Err(Anachronism::FromTheFuture(4)));
        ledger.attempt(4, ms(9_002));
        assert_eq!(ledger.see(4, ms(9_000), ms(9_001), HEAD_AGE), Err(Anachronism::FromTheFuture(4)));
    }

    #[test]
    fn who_reads_for_himself_sees_what_was_acknowledged() {
        let mut ledger = ledger();
        assert!(ledger.see(2, ms(3_030), ms(3_031), Duration::ZERO).is_err());
        assert_eq!(ledger.see(3, ms(3_030), ms(3_031), Duration::ZERO), Ok(()));
    }

    #[test]
    fn a_publish_has_arrived_when_nobody_is_answered_without_it() {
        let mut ledger = ledger();
        ledger.see(1, ms(3_100), ms(3_101), HEAD_AGE).unwrap();
        ledger.see(3, ms(3_200), ms(3_201), HEAD_AGE).unwrap();
        ledger.see(2, ms(3_300), ms(3_301), HEAD_AGE).unwrap();
        let arrived: Vec<_> = ledger.propagations().map(|(_, _, reached)| reached).collect();
        let expected = [(Some(2_101), None), (Some(1_201), Some(1_100)), (Some(201), Some(300))];
        let expected = expected.map(|(first, last)| Propagation { first: first.map(ms), last: last.map(ms) });
        assert_eq!(arrived, expected);
    }
}
