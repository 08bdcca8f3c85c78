//! Reading snapshots, chunk by chunk: from DAX if there is one, else from DynamoDB.

use std::time::Instant;

use futures_util::future::try_join_all;
use pennon_domain::{Head, Snapshot, StoreError, Timestamp};

use crate::{
    dax::{Dax, DaxStatus},
    metrics,
    table::Table,
};

/// Where the chunks of snapshots are.
///
/// Chunks are immutable and only asked for once HEAD has announced their version, so whatever a cache remembers about one
/// that it has seen stays true.
#[derive(Debug)]
pub(crate) struct Chunks {
    core: Table,
    dax: Option<Dax>,
}

impl Chunks {
    pub(crate) fn new(core: Table, dax: Option<Dax>) -> Self {
        Self { core, dax }
    }

    /// How DAX is, if there is one.
    pub(crate) async fn dax_status(&self) -> DaxStatus {
        match &self.dax {
            Some(dax) => dax.status().await,
            None => DaxStatus::Off,
        }
    }

    /// The snapshot that HEAD announces, whole and verified. `None`: some of it is missing.
    pub(crate) async fn snapshot(&self, head: &Head, now: Timestamp) -> Result<Option<Snapshot>, StoreError> {
        if let Some(dax) = &self.dax
            && let Some(snapshot) = dax.snapshot(head, now).await
        {
            return Ok(Some(snapshot));
        }
        self.snapshot_around_dax(head).await
    }

    /// The same, from DynamoDB alone: for whoever changes the environment.
    pub(crate) async fn snapshot_around_dax(&self, head: &Head) -> Result<Option<Snapshot>, StoreError> {
        let began = Instant::now();
        let chunks = (0..head.chunks).map(|index| self.core.chunk(&head.environment, head.version, index));
        let chunks = try_join_all(chunks).await;
        metrics::dynamodb_read(began.elapsed());
        let chunks: Option<Vec<_>> = chunks?.into_iter().collect();
        let Some(chunks) = chunks else { return Ok(None) };
        Snapshot::verify(chunks.concat(), head.sha256)
            .map(Some)
            .map_err(|source| StoreError::Damaged { context: "reading a snapshot", source: Some(source) })
    }
}

/// The error of a snapshot that is not there although HEAD announced it.
pub(crate) fn missing() -> StoreError {
    StoreError::Unavailable { context: "reading a snapshot: a chunk is missing", source: None }
}
