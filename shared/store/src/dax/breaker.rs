//! Looking at the circuit breaker of the client: it says nothing by itself.

use std::sync::atomic::{AtomicBool, Ordering};

use dax_client::BreakerState;

use crate::metrics;

/// What was last seen of the breaker.
#[derive(Debug, Default)]
pub(super) struct BreakerWatch {
    tripped: AtomicBool,
}

impl BreakerWatch {
    /// Takes note of the state after a call. The log says once that DAX is left alone, and once that it is asked again.
    pub(super) fn look(&self, state: BreakerState) {
        metrics::breaker(level(state));
        let tripped = state != BreakerState::Closed;
        if self.tripped.swap(tripped, Ordering::Relaxed) == tripped {
            return;
        }
        if tripped {
            tracing::warn!("DAX fails: snapshots are read from DynamoDB for now");
        } else {
            tracing::info!("snapshots are read from DAX again");
        }
    }
}

fn level(state: BreakerState) -> u8 {
    match state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    }
}
