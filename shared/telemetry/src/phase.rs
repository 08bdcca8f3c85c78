//! The parts of answering a request whose time somebody may want to know.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::Scope;

/// A part of answering a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding out which version is current, from memory or DynamoDB.
    Head,
    /// Having that version at hand, from memory, DAX or DynamoDB.
    Snapshot,
    /// Evaluating flags and writing down what they are.
    Evaluate,
}

/// When a part of a request began, and how long it took: all its times together, if there was more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// When it began, the first time.
    pub began: Instant,
    /// How long it took.
    pub duration: Duration,
}

/// The times of a request's parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Phases([Option<Took>; Phase::ALL.len()]);

/// Runs while a part of a request does. Without anybody who wants to know, it does nothing, and reads no clock.
#[derive(Debug)]
#[must_use = "what is measured ends when this is dropped"]
pub struct Timer(Option<(Arc<Scope>, Phase, Instant)>);

impl Phase {
    /// All of them, in the order in which a request passes them.
    pub const ALL: [Self; 3] = [Self::Head, Self::Snapshot, Self::Evaluate];

    /// Its name, in `Server-Timing` and as a span.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Snapshot => "snapshot",
            Self::Evaluate => "evaluate",
        }
    }
}

impl Phases {
    pub(crate) fn get(&self, phase: Phase) -> Option<Took> {
        self.0.get(phase as usize).copied().flatten()
    }

    pub(crate) fn add(&mut self, phase: Phase, began: Instant, duration: Duration) {
        let Some(slot) = self.0.get_mut(phase as usize) else { return };
        let before = slot.unwrap_or(Took { began, duration: Duration::ZERO });
        *slot = Some(Took { duration: before.duration + duration, ..before });
    }
}

impl Timer {
    pub(crate) fn start(phase: Phase) -> Self {
        Self(Scope::current_if_timed().map(|scope| (scope, phase, Instant::now())))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((scope, phase, began)) = self.0.take() {
            scope.took(phase, began, began.elapsed());
        }
    }
}
