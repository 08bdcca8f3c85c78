//! What the cache tiers count and measure, through the `metrics` facade: docs/METRICS.md says what each figure is for.
//!
//! Without a recorder, which is up to whoever runs the process, all of this comes to nothing. Labels are literals wherever that is
//! possible: then counting allocates nothing, and an evaluation counts.

use std::time::Duration;

use ::metrics::{Unit, counter, describe_histogram, gauge, histogram};

/// Says what the figures are in. Call once, before counting.
pub(crate) fn describe() {
    describe_histogram!("pennon_cache_read_microseconds", Unit::Microseconds, "");
}

/// Memory had the snapshot.
pub(crate) fn memory_hit() {
    counter!("pennon_cache_hits_total", "tier" => "memory").increment(1);
}

/// The snapshot has to be loaded.
pub(crate) fn memory_miss() {
    counter!("pennon_cache_misses_total", "tier" => "memory").increment(1);
}

/// DAX had the snapshot.
pub(crate) fn dax_hit() {
    counter!("pennon_cache_hits_total", "tier" => "dax").increment(1);
}

/// DAX gave the snapshot, but read some of it from DynamoDB.
pub(crate) fn dax_miss() {
    counter!("pennon_cache_misses_total", "tier" => "dax").increment(1);
}

/// DAX gave no snapshot, for that reason, and DynamoDB is read instead.
pub(crate) fn fallback(reason: &'static str) {
    counter!("pennon_cache_fallbacks_total", "reason" => reason).increment(1);
}

/// How long it took DAX to answer, or not to.
pub(crate) fn dax_read(took: Duration) {
    histogram!("pennon_cache_read_microseconds", "tier" => "dax").record(micros(took));
}

/// How long it took DynamoDB to give a whole snapshot, or not to.
pub(crate) fn dynamodb_read(took: Duration) {
    histogram!("pennon_cache_read_microseconds", "tier" => "dynamodb").record(micros(took));
}

/// The circuit breaker of the DAX client: 0 closed, 1 half-open, 2 open.
pub(crate) fn breaker(state: u8) {
    gauge!("pennon_cache_breaker_state").set(f64::from(state));
}

/// Whole microseconds are what a histogram keeps.
fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
