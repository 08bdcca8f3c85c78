//! Which versions DAX has nothing right for.

use std::{num::NonZeroUsize, sync::Mutex, time::Duration};

use lru::LruCache;
use pennon_domain::{EnvironmentId, Head, Timestamp};

use crate::slot::locked;

/// For how long an entry of DAX that is wrong, or says that there is nothing, may stay there: its record TTL, as deployed.
const RECORD_TTL: Duration = Duration::from_mins(10);
/// How many versions are remembered; the one that was met least recently is forgotten first.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// The versions that DAX had nothing right for.
///
/// An entry that is wrong stays wrong until it expires, and nothing that Pennon may do would mend it: its role for DAX only
/// reads. So asking again before that would cost each load a call, and each time for nothing.
#[derive(Debug)]
pub(super) struct Distrust(Mutex<LruCache<(EnvironmentId, u64), Timestamp>>);

impl Default for Distrust {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Distrust {
    /// Whether DAX had nothing right for the version that HEAD announces. A clock that was set back ends that.
    pub(super) fn holds(&self, head: &Head, now: Timestamp) -> bool {
        let since = locked(&self.0).get(&(head.environment.clone(), head.version)).copied();
        since.and_then(|since| now.since(since)).is_some_and(|age| age < RECORD_TTL)
    }

    /// DAX has nothing right for the version that HEAD announces.
    pub(super) fn add(&self, head: &Head, now: Timestamp) {
        locked(&self.0).put((head.environment.clone(), head.version), now);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use pennon_domain::Bucketing;

    use super::*;

    fn head(version: u64) -> Head {
        Head {
            environment: "e.e".parse().unwrap(),
            version,
            published: Timestamp::default(),
            config_etag: String::new(),
            bucketing: Bucketing::V3,
            chunks: 1,
            sha256: [0; 32],
            keys: BTreeMap::new(),
        }
    }

    #[test]
    fn a_version_is_distrusted_until_its_entry_has_expired_and_others_are_not() {
        let (distrust, now) = (Distrust::default(), Timestamp::from_millis(1_000_000));
        distrust.add(&head(7), now);
        assert!(distrust.holds(&head(7), now));
        assert!(!distrust.holds(&head(8), now));
        assert!(!distrust.holds(&head(7), now.plus(RECORD_TTL)));
        assert!(!distrust.holds(&head(7), Timestamp::from_millis(999_999)));
    }

    #[test]
    fn what_is_remembered_does_not_grow_for_ever() {
        let (distrust, now) = (Distrust::default(), Timestamp::default());
        for version in 0..1000 {
            distrust.add(&head(version), now);
        }
        assert_eq!(locked(&distrust.0).len(), REMEMBERED.get());
        assert!(distrust.holds(&head(999), now) && !distrust.holds(&head(0), now));
    }
}
