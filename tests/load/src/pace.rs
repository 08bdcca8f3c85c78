//! When requests are due.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

/// Hands out the numbers of requests at a constant rate, whether or not earlier ones were answered: an open loop. A server that stalls
/// keeps those waiting that come meanwhile, and their latency counts from when they were due (no coordinated omission).
#[derive(Debug)]
pub struct Pace {
    schedule: Schedule,
    due: Arc<Semaphore>,
    next: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

/// A request that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number, from 0.
    pub number: u64,
    /// When it was due, counted from the start of the run.
    pub at: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Schedule {
    /// When the run started.
    start: Instant,
    /// When the first request is due, counted from there.
    first: Duration,
    /// Requests a second.
    rate: f64,
}

impl Pace {
    /// That many requests a second from now on, for a run that started then.
    pub fn start(start: Instant, rate: f64) -> Self {
        let schedule = Schedule { start, first: start.elapsed(), rate };
        let due = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&due);
        // A thread of its own, since the timers of the runtime are a millisecond apart.
        let thread = Some(thread::spawn(move || schedule.release(&permits)));
        Self { schedule, due, next: AtomicU64::new(0), thread }
    }

    /// The next request, once it is due. `None`: the pace was stopped.
    pub async fn next(&self) -> Option<Due> {
        self.due.acquire().await.ok()?.forget();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Some(Due { number, at: self.schedule.due(number) })
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.due.is_closed()
    }

    /// Ends it; returns how many requests were due and not taken.
    pub fn stop(&self) -> usize {
        self.due.close();
        self.due.available_permits()
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        self.due.close();
        if let Some(thread) = self.thread.take() {
            // It panics at nothing, and ends at its next request.
            drop(thread.join());
        }
    }
}

impl Schedule {
    fn due(self, number: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "a run has far fewer requests than 2^52")]
        let number = number as f64;
        self.first + Duration::from_secs_f64(number / self.rate)
    }

    fn release(self, due: &Semaphore) {
        for number in 0.. {
            thread::sleep(self.due(number).saturating_sub(self.start.elapsed()));
            if due.is_closed() {
                return;
            }
            due.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_due_at_even_intervals_however_late_they_are_taken() {
        let start = Instant::now();
        let pace = Pace::start(start, 1000.0);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let first = pace.next().await.unwrap();
        for number in 1..60 {
            let due = pace.next().await.unwrap();
            assert_eq!(due.number, number);
            let apart = due.at.saturating_sub(first.at);
            assert!(apart.abs_diff(Duration::from_millis(number)) < Duration::from_micros(1), "{apart:?}");
        }
        assert!(start.elapsed() >= Duration::from_millis(59));
        pace.stop();
        assert_eq!(pace.next().await, None);
    }

    #[tokio::test]
    async fn what_is_not_taken_is_counted() {
        let pace = Pace::start(Instant::now(), 2000.0);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(pace.stop() > 20);
    }
}
