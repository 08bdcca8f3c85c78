//! An environment as it is now.

use std::sync::Arc;

use pennon_domain::{Definition, EnvironmentId, Head, Snapshot, SnapshotError, StoreError};
use pennon_telemetry::{Phase, note};

use crate::{Store, chunks};

/// An environment as it is now: read with strong consistency, so that whoever has just changed it sees the change.
#[derive(Clone)]
pub struct Current {
    /// Which one.
    pub id: EnvironmentId,
    /// Its HEAD.
    pub head: Arc<Head>,
    /// Its flags and segments.
    pub definition: Arc<Definition>,
}

impl Current {
    /// The version that the next change makes.
    pub fn next_version(&self) -> u64 {
        self.head.version.saturating_add(1)
    }
}

impl Store {
    /// The environment as it is now. `None`: there is none.
    ///
    /// HEAD is read from DynamoDB each time; the content only if this process does not have it.
    pub async fn current(&self, id: &EnvironmentId) -> Result<Option<Current>, StoreError> {
        // Twice: what is kept can go out of the window between reading HEAD and reading a chunk.
        for _ in 0..2 {
            let Some(head) = self.head_now(id).await? else { return Ok(None) };
            let _timer = note::begins(Phase::Snapshot);
            if let Some(definition) = self.definition_of(&head).await? {
                note::head(&head);
                return Ok(Some(Current { id: id.clone(), head, definition }));
            }
        }
        Err(chunks::missing())
    }

    async fn head_now(&self, id: &EnvironmentId) -> Result<Option<Arc<Head>>, StoreError> {
        let _timer = note::begins(Phase::Head);
        note::environment(id);
        Ok(self.0.tables.core.head(id).await?.map(Arc::new))
    }

    /// The content that HEAD announces. `None`: it is not there (any more).
    pub(crate) async fn definition_of(&self, head: &Head) -> Result<Option<Arc<Definition>>, StoreError> {
        let slot = self.0.directory.slot(&head.environment);
        self.0.directory.file(&slot, true);
        if let Some(definition) = slot.definition(head.sha256) {
            return Ok(Some(definition));
        }
        let definition = match slot.packed(head.sha256) {
            Some(snapshot) => unpack(&snapshot)?,
            None => match self.read_packed(head).await? {
                Some(snapshot) => unpack(&snapshot)?,
                None => return Ok(None),
            },
        };
        let definition = Arc::new(definition);
        slot.remember_definition(head.sha256, Arc::clone(&definition));
        Ok(Some(definition))
    }
}

/// The definition in a snapshot that was verified.
pub(crate) fn unpack(snapshot: &Snapshot) -> Result<Definition, StoreError> {
    let damaged = |source| StoreError::Damaged { context: "unpacking a snapshot", source: Some(source) };
    let json = snapshot.to_json().map_err(damaged)?;
    Definition::from_canonical_json(&json)
        .map_err(|error| damaged(SnapshotError::Malformed(std::io::Error::other(error))))
}

impl AsRef<Head> for Current {
    fn as_ref(&self) -> &Head {
        &self.head
    }
}

impl std::fmt::Debug for Current {
    /// Without HEAD's key hashes, and without the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current")
            .field("id", &self.id)
            .field("version", &self.head.version)
            .finish_non_exhaustive()
    }
}
