//! Tells an event bus of every change, from the stream of the audit table. It has no route: Lambda hands it what the stream has.
//!
//! A change and its audit row are one transaction, so no change goes untold and nothing is told that did not happen. Each is told
//! at least once, those of a project in their order.

use pennon_domain::{ChangeEvent, StoreError, error_chain};
use pennon_events::{EventBus, PublishError, Reason};
use pennon_http::{StreamBatch, StreamError, StreamRecord, StreamResponse};
use pennon_store::audit_entry;

/// Why a change is not published.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error("it has no row")]
    NoRow,
    #[error("its row cannot be read")]
    Unreadable(#[from] StoreError),
    #[error("the bus has not taken it")]
    Unpublished(#[from] PublishError),
}

/// Publishes the batch up to the first record that cannot be published, and has that one and the rest handed over again.
///
/// A record that never will be published fails the batch if it comes first: Lambda then splits the batch until that record is
/// alone, and puts it aside after some retries.
pub async fn handle(bus: EventBus, batch: StreamBatch) -> Result<StreamResponse, StreamError> {
    let records: Vec<_> = batch.inserted().collect();
    let (first, obstacle) = match publish(&bus, &records).await {
        Ok(()) => return Ok(StreamResponse::done()),
        Err(stopped) => stopped,
    };
    match records.get(first) {
        Some(record) if first > 0 || obstacle.may_pass() => {
            let left = records.len() - first;
            let (record_number, error) = (record.sequence_number(), error_chain(&obstacle));
            tracing::error!(record = record_number, left, error, "changes are not published yet");
            Ok(StreamResponse::failed_from(record))
        }
        record => Err(StreamError::at(record.map_or("", |record| record.sequence_number()), obstacle)),
    }
}

/// Where it stopped, and why.
async fn publish(bus: &EventBus, records: &[&StreamRecord]) -> Result<(), (usize, Obstacle)> {
    let (events, unreadable) = read(records);
    bus.publish(&events).await.map_err(|error| (error.first, error.into()))?;
    if !events.is_empty() {
        tracing::info!(count = events.len(), "changes are published");
    }
    unreadable.map_or(Ok(()), |obstacle| Err((events.len(), obstacle)))
}

/// The events of the records up to the first that cannot be read.
fn read(records: &[&StreamRecord]) -> (Vec<ChangeEvent>, Option<Obstacle>) {
    let mut events = Vec::with_capacity(records.len());
    for record in records {
        match event(record) {
            Ok(event) => events.push(event),
            Err(obstacle) => return (events, Some(obstacle)),
        }
    }
    (events, None)
}

fn event(record: &StreamRecord) -> Result<ChangeEvent, Obstacle> {
    let image = record.new_image().ok_or(Obstacle::NoRow)?;
    Ok(ChangeEvent::of(&audit_entry(image)?))
}

impl Obstacle {
    /// Whether another try may succeed.
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unpublished(PublishError { reason: Reason::Unavailable(_), .. }))
    }
}
