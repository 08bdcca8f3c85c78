//! The throttles of API Gateway: token buckets with a rate and a burst.

use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::DefaultClock,
    state::{InMemoryState, NotKeyed},
};
use pennon_template::Limit;

/// A token bucket: lets through a burst of requests, and then so many a second.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// `None` lets nothing through, as a limit of 0 does.
    limiter: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
}

/// A bucket for each client of the usage plan, by the gateway's API key.
#[derive(Debug, Default)]
pub(crate) struct Clients(BTreeMap<String, Throttle>);

impl Throttle {
    pub(crate) fn new(limit: Limit) -> Self {
        Self { limiter: quota(limit).map(RateLimiter::direct) }
    }

    /// Whether the request may pass; if so, it has taken its token.
    pub(crate) fn admits(&self) -> bool {
        self.limiter.as_ref().is_some_and(|limiter| limiter.check().is_ok())
    }
}

impl Clients {
    /// Each of the keys with that limit to itself.
    pub(crate) fn new(keys: impl IntoIterator<Item = impl Into<String>>, limit: Limit) -> Self {
        Self(keys.into_iter().map(|key| (key.into(), Throttle::new(limit))).collect())
    }

    /// Whether there are any: if not, nobody is asked for a key.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bucket of the client with that key.
    pub(crate) fn get(&self, key: &str) -> Option<&Throttle> {
        self.0.get(key)
    }
}

/// Rates may be fractions of a request a second; a bucket that never fills or holds nothing is none.
fn quota(limit: Limit) -> Option<Quota> {
    let burst = NonZeroU32::new(limit.burst)?;
    let refill = Duration::try_from_secs_f64(limit.rate.recip()).ok()?;
    // Faster than a nanosecond is as fast as it goes.
    Some(Quota::with_period(refill.max(Duration::from_nanos(1)))?.allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn passed(throttle: &Throttle, requests: usize) -> usize {
        (0..requests).filter(|_| throttle.admits()).count()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let throttle = Throttle::new(Limit { rate: 20.0, burst: 3 });
        let begun = Instant::now();
        let mut passed = 0;
        while begun.elapsed() < Duration::from_millis(500) {
            passed += usize::from(throttle.admits());
        }
        let most = 4 + begun.elapsed().as_millis() / 50;
        assert!(passed >= 12 && passed as u128 <= most, "{passed} of {most}");
    }

    #[test]
    fn a_limit_of_nothing_lets_nothing_through() {
        for limit in [Limit { rate: 0.0, burst: 5 }, Limit { rate: 5.0, burst: 0 }] {
            assert_eq!(passed(&Throttle::new(limit), 10), 0, "{limit:?}");
        }
        assert_eq!(passed(&Throttle::new(Limit { rate: 0.001, burst: 2 }), 10), 2);
    }

    #[test]
    fn a_client_that_overruns_its_limit_leaves_the_others_theirs() {
        let clients = Clients::new(["one", "two"], Limit { rate: 0.001, burst: 5 });
        assert_eq!(passed(clients.get("one").unwrap(), 100), 5);
        assert_eq!(passed(clients.get("two").unwrap(), 100), 5);
        assert!(clients.get("three").is_none());
    }
}
