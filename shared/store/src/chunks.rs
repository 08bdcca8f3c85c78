//! Reading the chunks of a snapshot.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use pennon_domain::{EnvironmentId, Head, Snapshot, StoreError};

use crate::table::Table;

/// The seam behind which a cache can sit. Chunks are immutable and only asked for once HEAD has announced their version,
/// so whatever a reader remembers about one that it has seen stays true.
#[async_trait]
pub(crate) trait ChunkReader: std::fmt::Debug + Send + Sync {
    /// The data of a chunk; `None` where there is no such chunk.
    async fn chunk(
        &self,
        environment: &EnvironmentId,
        version: u64,
        index: u32,
    ) -> Result<Option<Vec<u8>>, StoreError>;
}

#[async_trait]
impl ChunkReader for Table {
    async fn chunk(
        &self,
        environment: &EnvironmentId,
        version: u64,
        index: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Table::chunk(self, environment, version, index).await
    }
}

/// Reads the snapshot that HEAD announces, whole and verified. `None`: some of it is missing.
///
/// Where `reader` gives something that HEAD did not announce, it is read once more, from `origin`.
pub(crate) async fn read_snapshot(
    reader: &dyn ChunkReader,
    origin: &dyn ChunkReader,
    head: &Head,
) -> Result<Option<Snapshot>, StoreError> {
    match read_once(reader, head).await {
        Ok(None) | Err(StoreError::Damaged { .. }) => read_once(origin, head).await,
        outcome => outcome,
    }
}

/// The error of a snapshot that is not there although HEAD announced it.
pub(crate) fn missing() -> StoreError {
    StoreError::Unavailable { context: "reading a snapshot: a chunk is missing", source: None }
}

async fn read_once(reader: &dyn ChunkReader, head: &Head) -> Result<Option<Snapshot>, StoreError> {
    let chunks = (0..head.chunks).map(|index| reader.chunk(&head.environment, head.version, index));
    let chunks: Option<Vec<_>> = try_join_all(chunks).await?.into_iter().collect();
    let Some(chunks) = chunks else { return Ok(None) };
    Snapshot::verify(chunks.concat(), head.sha256)
        .map(Some)
        .map_err(|source| StoreError::Damaged { context: "reading a snapshot", source: Some(source) })
}
