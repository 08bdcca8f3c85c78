//! What is learnt of a request on its way, noted by whoever learns it. Without a request, all of this comes to nothing.

use std::sync::Arc;

use pennon_domain::{EnvironmentId, Head, Timestamp};

pub use crate::phase::Timer;
use crate::{Phase, Scope, Served};

/// The request is about that environment, of which no more is known yet.
pub fn environment(id: &EnvironmentId) {
    Scope::with_current(|scope| scope.is_about(id.clone()));
}

/// The request is about the version that this HEAD announces.
pub fn head(head: &Arc<Head>) {
    Scope::with_current(|scope| scope.has_head(Arc::clone(head)));
}

/// The answer comes from the version that this HEAD announces, which was last `confirmed` to be the current one then; `stale`: and which
/// may not be current any more.
pub fn served(head: &Arc<Head>, confirmed: Timestamp, stale: bool) {
    Scope::with_current(|scope| {
        scope.has_head(Arc::clone(head));
        scope.serves(Served { confirmed, stale });
    });
}

/// A part of answering the request begins; it ends when what is given back is dropped.
pub fn begins(phase: Phase) -> Timer {
    Timer::start(phase)
}
