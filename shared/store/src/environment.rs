//! An environment, as a request sees it.

use std::{fmt, sync::Arc};

use pennon_domain::{Head, Timestamp};

use crate::{head::Announced, slot::Slot};

/// How recent an answer has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// As recent as `HEAD_TTL_MS` promises.
    #[default]
    Cached,
    /// Not older than 250 ms: for a caller that knows of another version than ours (OFREP's `flagConfigEtag`).
    Newest,
    /// Read for this caller: for whoever manages the environment and has just changed it.
    Now,
}

/// An environment: its HEAD, and how sure we are of it. Cheap to clone.
#[derive(Clone)]
pub struct Environment {
    /// The HEAD.
    pub head: Arc<Head>,
    /// Whether HEAD could not be read again when it was due, so that this one may be out of date.
    pub stale: bool,
    /// When this HEAD was last read.
    pub(crate) read_at: Timestamp,
    /// Orders the HEADs of a slot; the clock does not, as it can be set back.
    pub(crate) serial: u64,
    pub(crate) slot: Arc<Slot>,
}

impl Environment {
    pub(crate) fn new(announced: Announced, slot: Arc<Slot>) -> Self {
        let Announced { head, stale, read_at, serial } = announced;
        Self { head, stale, read_at, serial, slot }
    }
}

impl AsRef<Head> for Environment {
    fn as_ref(&self) -> &Head {
        &self.head
    }
}

impl fmt::Debug for Environment {
    /// Without the HEAD: it holds the key hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("id", &self.head.environment)
            .field("version", &self.head.version)
            .field("stale", &self.stale)
            .finish_non_exhaustive()
    }
}
