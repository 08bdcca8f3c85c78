//! When to try again.

use std::time::Duration;

use tokio::time::Instant;

/// At most how long a change waits after losing its first race, and in the end.
const RACE: Bound = Bound { first: Duration::from_millis(20), most: Duration::from_millis(160) };
/// At most how long a change waits when DynamoDB is overloaded or does not answer, at first and in the end.
const TROUBLE: Bound = Bound { first: Duration::from_millis(50), most: Duration::from_secs(1) };
/// At most how long the first of the queue waits after losing to somebody who was on the way already.
const OWN_TURN: Duration = Duration::from_millis(10);

/// The pauses of one change, until its deadline. Each is random, from no time up to a bound: those who collided must not meet again.
#[derive(Debug)]
pub(crate) struct Pauses {
    deadline: Instant,
    races: u32,
    troubles: u32,
}

impl Pauses {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, races: 0, troubles: 0 }
    }

    /// Waits after a lost race, with or without a place in the queue; `false` if it is too late to try again.
    pub(crate) async fn after_lost_race(&mut self, queued: bool) -> bool {
        let bound = RACE.next(&mut self.races);
        self.wait(if queued { OWN_TURN } else { bound }).await
    }

    /// Waits in the queue for about that long; `false` if it is too late to try again.
    pub(crate) async fn in_queue(&self, about: Duration) -> bool {
        self.sleep(about.mul_f64(0.75 + fastrand::f64() / 2.0)).await
    }

    /// Waits after being throttled, or after an outcome that is not known; `false` if it is too late to try again.
    pub(crate) async fn after_trouble(&mut self) -> bool {
        let bound = TROUBLE.next(&mut self.troubles);
        self.wait(bound).await
    }

    async fn wait(&self, bound: Duration) -> bool {
        self.sleep(bound.mul_f64(fastrand::f64())).await
    }

    async fn sleep(&self, pause: Duration) -> bool {
        if Instant::now() + pause >= self.deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// A bound that doubles.
struct Bound {
    first: Duration,
    most: Duration,
}

impl Bound {
    /// The bound after one more time.
    fn next(&self, times: &mut u32) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(*times));
        *times = times.saturating_add(1);
        doubled.min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_its_limit() {
        let mut times = 0;
        let bounds: Vec<_> = (0..6).map(|_| RACE.next(&mut times).as_millis()).collect();
        assert_eq!(bounds, [20, 40, 80, 160, 160, 160]);
        assert_eq!(TROUBLE.next(&mut u32::MAX.clone()), TROUBLE.most);
    }

    #[tokio::test]
    async fn nobody_waits_beyond_the_deadline() {
        let (start, limit) = (Instant::now(), Duration::from_millis(200));
        let mut pauses = Pauses::new(limit);
        let mut tries = 0;
        while pauses.after_lost_race(false).await {
            tries += 1;
        }
        assert!(tries > 0);
        assert!(Instant::now() < start + limit + Duration::from_secs(1));
        assert!(!Pauses::new(Duration::ZERO).after_trouble().await);
    }
}
