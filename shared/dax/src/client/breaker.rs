//! A circuit breaker: when call after call fails, the next ones fail at once, until one that is let through succeeds.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::lock;

/// When the breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// How many calls in a row must fail before it opens; 0: it never does.
    pub failures: u32,
    /// For how long it is open before one call is let through. Each time that this one fails too, twice as long as before.
    pub cooldown: Duration,
    /// The longest that it is open at a time.
    pub max_cooldown: Duration,
}

/// What the breaker does with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// It is let through.
    Closed,
    /// It fails at once.
    Open,
    /// It is let through if no other one is, to find out whether the cluster is well again.
    HalfOpen,
}

/// The breaker of one client, by wall clock: time passes while the process is frozen.
#[derive(Debug)]
pub(super) struct Circuit {
    settings: Breaker,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Calls that have failed since the last success.
    failures: u32,
    /// Since when, and for how long, calls are refused.
    opened: Option<(SystemTime, Duration)>,
    /// Whether a call is finding out if the cluster is well again.
    probing: bool,
}

/// The leave to make a call. Dropped without a verdict, it leaves the breaker as it was.
#[derive(Debug)]
pub(super) struct Permit<'c> {
    circuit: &'c Circuit,
    is_probe: bool,
}

impl Default for Breaker {
    /// Opens for a second after five failures in a row, for five at most.
    fn default() -> Self {
        Self { failures: 5, cooldown: Duration::from_secs(1), max_cooldown: Duration::from_secs(5) }
    }
}

impl Breaker {
    /// Never opens.
    pub const OFF: Self = Self { failures: 0, cooldown: Duration::ZERO, max_cooldown: Duration::ZERO };
}

impl Circuit {
    pub(super) fn new(settings: Breaker) -> Self {
        Self { settings, state: Mutex::default() }
    }

    /// What would become of a call now.
    pub(super) fn state(&self, now: SystemTime) -> BreakerState {
        let state = lock(&self.state);
        match state.opened {
            None => BreakerState::Closed,
            Some(_) if state.probing || state.is_cooling(now) => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Leave to make a call; `None`: it must not be made.
    pub(super) fn admit(&self, now: SystemTime) -> Option<Permit<'_>> {
        let mut state = lock(&self.state);
        let is_probe = state.opened.is_some();
        if is_probe {
            if state.probing || state.is_cooling(now) {
                return None;
            }
            state.probing = true;
        }
        Some(Permit { circuit: self, is_probe })
    }
}

impl State {
    /// A clock that was set back ends the cooling: better a call too many than none for hours.
    fn is_cooling(&self, now: SystemTime) -> bool {
        self.opened
            .is_some_and(|(since, period)| now.duration_since(since).is_ok_and(|passed| passed < period))
    }
}

impl Permit<'_> {
    /// The cluster answered, whatever it said.
    pub(super) fn succeeded(self) {
        *lock(&self.circuit.state) = State::default();
    }

    /// The cluster did not answer.
    pub(super) fn failed(self, now: SystemTime) {
        let Breaker { failures, cooldown, max_cooldown } = self.circuit.settings;
        let mut state = lock(&self.circuit.state);
        state.failures = state.failures.saturating_add(1);
        let last = state.opened.map(|(_, period)| period);
        match last {
            // Calls that were under way when it opened say nothing new.
            Some(_) if !self.is_probe => {}
            Some(period) => state.opened = Some((now, period.saturating_mul(2).min(max_cooldown))),
            None if failures > 0 && state.failures >= failures => {
                tracing::warn!(failures = state.failures, "DAX fails: the circuit breaker opens");
                state.opened = Some((now, cooldown));
            }
            None => {}
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe {
            lock(&self.circuit.state).probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn circuit() -> Circuit {
        Circuit::new(Breaker { failures: 2, cooldown: SECOND, max_cooldown: 3 * SECOND })
    }

    fn fail(circuit: &Circuit, seconds: u64) {
        circuit.admit(at(seconds)).unwrap().failed(at(seconds));
    }

    #[test]
    fn opens_after_failures_in_a_row() {
        let circuit = circuit();
        fail(&circuit, 10);
        circuit.admit(at(10)).unwrap().succeeded();
        fail(&circuit, 10);
        assert_eq!(circuit.state(at(10)), BreakerState::Closed);
        fail(&circuit, 10);
        assert_eq!(circuit.state(at(10)), BreakerState::Open);
        assert!(circuit.admit(at(10)).is_none());
    }

    #[test]
    fn lets_one_call_through_after_the_cooldown() {
        let circuit = circuit();
        (0..2).for_each(|_| fail(&circuit, 10));
        assert_eq!(circuit.state(at(11)), BreakerState::HalfOpen);
        let probe = circuit.admit(at(11)).unwrap();
        assert!(circuit.admit(at(11)).is_none());
        assert_eq!(circuit.state(at(11)), BreakerState::Open);
        probe.succeeded();
        assert_eq!(circuit.state(at(11)), BreakerState::Closed);
        fail(&circuit, 11);
        assert_eq!(circuit.state(at(11)), BreakerState::Closed);
    }

    #[test]
    fn stays_open_longer_each_time_up_to_a_limit() {
        let circuit = circuit();
        (0..2).for_each(|_| fail(&circuit, 10));
        for (probed, still_open, open_until) in [(11, 12, 13), (13, 15, 16), (16, 18, 19)] {
            fail(&circuit, probed);
            assert_eq!(circuit.state(at(still_open)), BreakerState::Open);
            assert_eq!(circuit.state(at(open_until)), BreakerState::HalfOpen);
        }
    }

    #[test]
    fn a_cancelled_probe_teaches_nothing_and_blocks_nobody() {
        let circuit = circuit();
        (0..2).for_each(|_| fail(&circuit, 10));
        drop(circuit.admit(at(11)).unwrap());
        assert_eq!(circuit.state(at(11)), BreakerState::HalfOpen);
        assert!(circuit.admit(at(11)).is_some());
    }

    #[test]
    fn calls_that_were_under_way_do_not_prolong_it() {
        let circuit = circuit();
        let late = circuit.admit(at(10)).unwrap();
        (0..2).for_each(|_| fail(&circuit, 10));
        late.failed(at(11));
        assert_eq!(circuit.state(at(11)), BreakerState::HalfOpen);
    }

    #[test]
    fn a_clock_set_back_does_not_keep_it_open() {
        let circuit = circuit();
        (0..2).for_each(|_| fail(&circuit, 10));
        assert_eq!(circuit.state(at(5)), BreakerState::HalfOpen);
    }

    #[test]
    fn may_be_off() {
        let circuit = Circuit::new(Breaker::OFF);
        (0..100).for_each(|_| fail(&circuit, 10));
        assert_eq!(circuit.state(at(10)), BreakerState::Closed);
    }
}
