//! The environments that a process remembers.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use lru::LruCache;
use pennon_domain::EnvironmentId;

use crate::slot::{Slot, locked};

/// How many names are remembered that (as far as is known) belong to no environment.
const MAX_UNKNOWN: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);

/// Slots by environment, least recently used first out.
///
/// Names that are not known to exist are kept apart: whoever guesses names pushes out other guesses, not environments.
#[derive(Debug)]
pub(crate) struct Directory(Mutex<Slots>);

#[derive(Debug)]
struct Slots {
    existing: LruCache<EnvironmentId, Arc<Slot>>,
    unknown: LruCache<EnvironmentId, Arc<Slot>>,
}

impl Directory {
    pub(crate) fn new(max_environments: NonZeroUsize) -> Self {
        let existing = LruCache::new(max_environments);
        let unknown = LruCache::new(MAX_UNKNOWN.max(max_environments));
        Self(Mutex::new(Slots { existing, unknown }))
    }

    /// The slot of an environment.
    pub(crate) fn slot(&self, id: &EnvironmentId) -> Arc<Slot> {
        let mut slots = locked(&self.0);
        if let Some(slot) = slots.existing.get(id) {
            return Arc::clone(slot);
        }
        Arc::clone(slots.unknown.get_or_insert_ref(id, || Arc::new(Slot::new(id.clone()))))
    }

    /// Takes note of whether the environment of a slot exists.
    pub(crate) fn file(&self, slot: &Arc<Slot>, exists: bool) {
        let mut slots = locked(&self.0);
        let Slots { existing, unknown } = &mut *slots;
        let (to, from) = if exists { (existing, unknown) } else { (unknown, existing) };
        from.pop(&slot.id);
        to.get_or_insert_ref(&slot.id, || Arc::clone(slot));
    }
}
