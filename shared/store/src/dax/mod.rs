//! The tier between memory and DynamoDB: a DAX cluster that is asked for the chunks of snapshots, and may always fail.
//!
//! Whatever goes wrong here costs at most the deadline (`DAX_DEADLINE_MS`), and then DynamoDB is read as if there were no DAX.
//! ADR 0010 says why it is safe to read through a cache that writers go around.

mod answer;
mod breaker;
mod distrust;
mod fallback;
mod open;
mod status;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
    types::{KeysAndAttributes, ReturnConsumedCapacity},
};
use dax_client::Client;
use pennon_domain::{Head, Snapshot, Timestamp, error_chain};

pub use self::status::DaxStatus;
use self::{answer::Answer, breaker::BreakerWatch, distrust::Distrust, fallback::Fallback};
use crate::{item::Key, metrics};

/// How old a version has to be before DAX is asked for it. DAX reads with eventual consistency, and what it does not find it
/// remembers as absent for minutes; so it is asked once the copies of the table agree, which takes milliseconds.
const SETTLED: Duration = Duration::from_millis(250);

/// A DAX cluster that snapshots are read through. Cheap to clone; clones share their connections and their circuit breaker.
#[derive(Clone)]
pub struct Dax(Arc<Inner>);

struct Inner {
    client: Client,
    table: String,
    breaker: BreakerWatch,
    distrust: Distrust,
}

impl Dax {
    fn new(client: Client, table: String) -> Self {
        let (breaker, distrust) = (BreakerWatch::default(), Distrust::default());
        Self(Arc::new(Inner { client, table, breaker, distrust }))
    }

    /// The snapshot that HEAD announces, whole and verified. `None`: DynamoDB has to be read, for whatever reason.
    pub(crate) async fn snapshot(&self, head: &Head, now: Timestamp) -> Option<Snapshot> {
        match self.try_snapshot(head, now).await {
            Ok(snapshot) => Some(snapshot),
            Err(fallback) => {
                self.take_note(fallback, head, now);
                None
            }
        }
    }

    async fn try_snapshot(&self, head: &Head, now: Timestamp) -> Result<Snapshot, Fallback> {
        let settled = now.since(head.published).is_some_and(|age| age >= SETTLED);
        if !settled {
            return Err(Fallback::Settling);
        }
        if self.0.distrust.holds(head, now) {
            return Err(Fallback::Distrusted);
        }
        let Answer { packed, cached } = Answer::read(self.ask(head).await?, &self.0.table, head.chunks)?;
        let snapshot = Snapshot::verify(packed, head.sha256).map_err(|_| Fallback::Wrong)?;
        if cached {
            metrics::dax_hit();
        } else {
            metrics::dax_miss();
        }
        tracing::debug!(environment = %head.environment, version = head.version, cached, "read through DAX");
        Ok(snapshot)
    }

    /// All chunks in one call, with eventual consistency: only such reads are answered from the item cache.
    async fn ask(&self, head: &Head) -> Result<BatchGetItemOutput, Fallback> {
        let input = self.request(head)?;
        let began = Instant::now();
        let outcome = self.0.client.send(input).await;
        let took = began.elapsed();
        self.0.breaker.look(self.0.client.breaker());
        let outcome = outcome.map_err(|error| {
            let fallback = Fallback::of(&error);
            let (reason, error) = (fallback.as_str(), error_chain(&error));
            tracing::debug!(environment = %head.environment, reason, error, "DAX gave no answer");
            fallback
        });
        if !matches!(outcome, Err(Fallback::Breaker)) {
            metrics::dax_read(took);
        }
        outcome
    }

    fn request(&self, head: &Head) -> Result<BatchGetItemInput, Fallback> {
        let keys = (0..head.chunks).map(|index| Key::chunk(&head.environment, head.version, index));
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.map(Key::attributes).collect())).build();
        let request = BatchGetItemInput::builder()
            .request_items(&self.0.table, keys.map_err(|_| Fallback::Request)?)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        request.build().map_err(|_| Fallback::Request)
    }

    fn take_note(&self, fallback: Fallback, head: &Head, now: Timestamp) {
        metrics::fallback(fallback.as_str());
        if matches!(fallback, Fallback::Missing | Fallback::Wrong) {
            self.0.distrust.add(head, now);
        }
        if fallback == Fallback::Wrong {
            tracing::warn!(environment = %head.environment, version = head.version, "DAX holds what HEAD did not announce");
        }
    }
}

impl fmt::Debug for Dax {
    /// Without the client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dax").field("table", &self.0.table).finish_non_exhaustive()
    }
}
