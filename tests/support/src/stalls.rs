//! How late the machine itself is: what a task sees that does nothing but sleep.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::AbortHandle;

/// How long the task sleeps.
const NAP: Duration = Duration::from_millis(10);
/// Being so much late is usual, and not noted.
const USUAL: Duration = Duration::from_millis(30);

/// Notes when the machine was late, until it is dropped.
#[derive(Debug)]
pub struct Stalls {
    noted: Arc<Mutex<Vec<(Duration, Duration)>>>,
    task: AbortHandle,
}

impl Stalls {
    /// Starts on the caller's runtime. Times count from `start`.
    #[must_use]
    pub fn watch(start: Instant) -> Self {
        let noted = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&noted);
        let watching = async move {
            loop {
                let before = start.elapsed();
                tokio::time::sleep(NAP).await;
                let late = start.elapsed().saturating_sub(before + NAP);
                if late > USUAL {
                    list.lock().unwrap_or_else(PoisonError::into_inner).push((before, late));
                }
            }
        };
        Self { noted, task: tokio::spawn(watching).abort_handle() }
    }

    /// When the machine was late, and by how much. A delay is noted when it is over.
    pub fn noted(&self) -> Vec<(Duration, Duration)> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// By how much the machine was late, in all, of what began in that time.
pub fn lateness(noted: &[(Duration, Duration)], time: &Range<Duration>) -> Duration {
    noted.iter().filter(|(at, _)| time.contains(at)).map(|(_, late)| *late).sum()
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.task.abort();
    }
}
