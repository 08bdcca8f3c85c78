//! When keys are taken from memory, when they are fetched, and when they are too old.

use std::{sync::Arc, time::Duration};

use pennon_domain::Timestamp;

use super::{KeySet, VerificationKey};

/// For how long keys are taken from memory without asking: it bounds how long a key that the issuer withdrew is still taken.
const FRESH: Duration = Duration::from_mins(5);
/// For how long keys are taken from memory while the issuer cannot be asked.
const MAX_STALE: Duration = Duration::from_hours(1);
/// From one fetch to the next while there are keys: whoever invents key names makes no more requests than this.
const INTERVAL: Duration = Duration::from_mins(1);
/// From one fetch to the next while there are none, and nobody can be let in.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The keys that were fetched, and when. No I/O: it says what to do.
#[derive(Debug, Default)]
pub(super) struct Cache {
    fetched: Option<(KeySet, Timestamp)>,
    /// When a fetch last began, successful or not.
    attempted: Option<Timestamp>,
}

/// What is known of a key.
pub(super) enum Lookup {
    /// This is it.
    Found(Arc<VerificationKey>),
    /// The issuer has to be asked.
    Fetch,
    /// The issuer has none of that name; it was asked a moment ago.
    Unknown,
    /// The issuer did not answer, and it is too early to ask again.
    Unavailable,
}

impl Cache {
    /// Looks for a key.
    pub(super) fn find(&self, kid: Option<&str>, now: Timestamp) -> Lookup {
        let usable = self.younger_than(MAX_STALE, now);
        let found = usable.and_then(|keys| keys.find(kid));
        let interval = if usable.is_some() { INTERVAL } else { RETRY_INTERVAL };
        match found {
            Some(key) if self.younger_than(FRESH, now).is_some() => Lookup::Found(key),
            _ if is_past(self.attempted, interval, now) => Lookup::Fetch,
            Some(key) => Lookup::Found(key),
            None if self.last_attempt_succeeded() => Lookup::Unknown,
            None => Lookup::Unavailable,
        }
    }

    /// Remembers how a fetch ended that began at `began`.
    pub(super) fn was_fetched(&mut self, keys: Option<KeySet>, began: Timestamp) {
        self.attempted = Some(began);
        if let Some(keys) = keys {
            self.fetched = Some((keys, began));
        }
    }

    fn younger_than(&self, age: Duration, now: Timestamp) -> Option<&KeySet> {
        let (keys, fetched) = self.fetched.as_ref()?;
        (!is_past(Some(*fetched), age, now)).then_some(keys)
    }

    fn last_attempt_succeeded(&self) -> bool {
        self.attempted.is_some() && self.attempted == self.fetched.as_ref().map(|(_, fetched)| *fetched)
    }
}

/// Whether that much time has passed; if the clock was set back, as much may have.
fn is_past(moment: Option<Timestamp>, duration: Duration, now: Timestamp) -> bool {
    moment.and_then(|moment| now.since(moment)).is_none_or(|age| age >= duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    fn keys() -> KeySet {
        KeySet::ed25519("k", &[0; 32])
    }

    fn filled() -> Cache {
        let mut cache = Cache::default();
        cache.was_fetched(Some(keys()), START);
        cache
    }

    fn seen(cache: &Cache, kid: &str, now: Timestamp) -> &'static str {
        match cache.find(Some(kid), now) {
            Lookup::Found(_) => "found",
            Lookup::Fetch => "fetch",
            Lookup::Unknown => "unknown",
            Lookup::Unavailable => "unavailable",
        }
    }

    #[test]
    fn a_known_key_is_not_fetched_again_for_five_minutes() {
        let cache = filled();
        for (seconds, expected) in [(0, "found"), (61, "found"), (299, "found"), (300, "fetch")] {
            assert_eq!(seen(&cache, "k", after(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn an_unknown_key_is_looked_for_once_a_minute() {
        let mut cache = filled();
        for (seconds, expected) in [(0, "unknown"), (59, "unknown"), (60, "fetch")] {
            assert_eq!(seen(&cache, "new", after(seconds)), expected, "{seconds}");
        }
        cache.was_fetched(Some(keys()), after(60));
        assert_eq!(seen(&cache, "new", after(119)), "unknown");
        assert_eq!(seen(&cache, "new", after(120)), "fetch");
    }

    #[test]
    fn a_failure_leaves_the_keys_for_an_hour() {
        let mut cache = filled();
        cache.was_fetched(None, after(300));
        assert_eq!(seen(&cache, "k", after(359)), "found");
        assert_eq!(seen(&cache, "k", after(360)), "fetch");
        cache.was_fetched(None, after(3_590));
        assert_eq!(seen(&cache, "k", after(3_599)), "found");
        assert_eq!(seen(&cache, "k", after(3_600)), "fetch");
        cache.was_fetched(None, after(3_600));
        assert_eq!(seen(&cache, "k", after(3_600)), "unavailable");
    }

    #[test]
    fn whether_a_key_exists_cannot_be_told_while_the_issuer_is_down() {
        let mut cache = filled();
        cache.was_fetched(None, after(60));
        assert_eq!(seen(&cache, "new", after(61)), "unavailable");
        assert_eq!(seen(&cache, "k", after(61)), "found");
    }

    #[test]
    fn without_any_keys_the_next_try_is_soon() {
        let mut cache = Cache::default();
        assert_eq!(seen(&cache, "k", START), "fetch");
        cache.was_fetched(None, START);
        assert_eq!(seen(&cache, "k", START), "unavailable");
        assert_eq!(seen(&cache, "k", after(1)), "fetch");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_key_immortal() {
        let earlier = Timestamp::from_millis(START.as_millis() - 1);
        assert_eq!(seen(&filled(), "k", earlier), "fetch");
    }
}
