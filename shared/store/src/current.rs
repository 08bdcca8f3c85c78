//! An environment as a change finds it.

use std::sync::Arc;

use pennon_domain::{AsOf, Definition, EnvironmentId, Head, Snapshot};

/// An environment as it is now: read with strong consistency, so that whoever has just changed it sees the change.
#[derive(Clone)]
pub struct Current {
    /// Which one.
    pub id: EnvironmentId,
    /// Its HEAD.
    pub head: Arc<Head>,
    /// Its flags and segments.
    pub definition: Arc<Definition>,
    /// The same, packed.
    pub snapshot: Arc<Snapshot>,
}

impl Current {
    /// The version that the next change makes.
    pub fn next_version(&self) -> u64 {
        self.head.version.saturating_add(1)
    }

    /// What an answer from it is computed from.
    pub fn as_of(&self) -> AsOf {
        AsOf { version: self.head.version, stale: false }
    }

    /// Whether `definition` is what the environment has already.
    pub fn is(&self, definition: &Definition) -> bool {
        self.head.config_etag == definition.etag(self.head.bucketing)
    }
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
