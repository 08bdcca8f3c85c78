//! The throttle of an API Gateway method: a rate and a burst.

use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::{InMemoryState, NotKeyed},
};

/// Lets through a burst of requests, and then so many a second.
#[derive(Debug)]
pub(crate) struct Throttle {
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    clock: DefaultClock,
}

impl Throttle {
    pub(crate) fn new(rate: NonZeroU32, burst: Option<NonZeroU32>) -> Self {
        let quota = Quota::per_second(rate).allow_burst(burst.unwrap_or(rate));
        Self { limiter: RateLimiter::direct(quota), clock: DefaultClock::default() }
    }

    /// Lets the request through, or says how long to wait.
    pub(crate) fn admit(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_counts() {
        let throttle = Throttle::new(NonZeroU32::MIN, NonZeroU32::new(3));
        assert_eq!((0..3).filter(|_| throttle.admit().is_ok()).count(), 3);
        let wait = throttle.admit().unwrap_err();
        assert!(wait > Duration::from_millis(500) && wait <= Duration::from_secs(1), "{wait:?}");
    }
}
