//! What the cache tiers count and measure, through the `metrics` facade: docs/METRICS.md says what each figure is for.
//!
//! Without a recorder, which is up to whoever runs the process, all of this comes to nothing.

use std::time::Duration;

use ::metrics::{counter, gauge, histogram};

/// Where a snapshot can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Memory,
    Dax,
    DynamoDb,
}

impl Tier {
    fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Dax => "dax",
            Self::DynamoDb => "dynamodb",
        }
    }
}

/// The tier had the snapshot.
pub(crate) fn hit(tier: Tier) {
    counter!("pennon_cache_hits_total", "tier" => tier.as_str()).increment(1);
}

/// The tier had to get the snapshot, or some of it, from behind it.
pub(crate) fn miss(tier: Tier) {
    counter!("pennon_cache_misses_total", "tier" => tier.as_str()).increment(1);
}

/// DAX gave no snapshot, for that reason, and DynamoDB is read instead.
pub(crate) fn fallback(reason: &'static str) {
    counter!("pennon_cache_fallbacks_total", "reason" => reason).increment(1);
}

/// How long it took the tier to answer, whatever the answer.
pub(crate) fn read(tier: Tier, took: Duration) {
    histogram!("pennon_cache_read_seconds", "tier" => tier.as_str()).record(took);
}

/// The circuit breaker of the DAX client: 0 closed, 1 half-open, 2 open.
pub(crate) fn breaker(state: u8) {
    gauge!("pennon_cache_breaker_state").set(f64::from(state));
}
