//! The environments that a process remembers.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use lru::LruCache;
use pennon_domain::EnvironmentId;

use crate::slot::{Slot, locked};

/// How many names are remembered that (as far as is known) belong to no environment.
const MAX_STRANGERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);

/// Slots by environment, least recently used first out.
///
/// Names that are not known to exist are kept apart: whoever guesses names pushes out other guesses, not environments.
#[derive(Debug)]
pub(crate) struct Directory(Mutex<Shelves>);

#[derive(Debug)]
struct Shelves {
    existing: LruCache<EnvironmentId, Arc<Slot>>,
    strangers: LruCache<EnvironmentId, Arc<Slot>>,
}

impl Directory {
    pub(crate) fn new(max_environments: NonZeroUsize) -> Self {
        let existing = LruCache::new(max_environments);
        let strangers = LruCache::new(MAX_STRANGERS.max(max_environments));
        Self(Mutex::new(Shelves { existing, strangers }))
    }

    /// The slot of an environment.
    pub(crate) fn slot(&self, id: &EnvironmentId) -> Arc<Slot> {
        let mut shelves = locked(&self.0);
        if let Some(slot) = shelves.existing.get(id) {
            return Arc::clone(slot);
        }
        Arc::clone(shelves.strangers.get_or_insert_ref(id, || Arc::new(Slot::new(id.clone()))))
    }

    /// Takes note of whether the environment of a slot exists.
    pub(crate) fn file(&self, slot: &Arc<Slot>, exists: bool) {
        let mut shelves = locked(&self.0);
        let Shelves { existing, strangers } = &mut *shelves;
        let (to, from) = if exists { (existing, strangers) } else { (strangers, existing) };
        from.pop(&slot.id);
        to.get_or_insert_ref(&slot.id, || Arc::clone(slot));
    }
}
