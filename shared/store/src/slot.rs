//! What a process remembers of one environment: its HEAD and its compiled snapshot.
//!
//! All state sits behind short locks that are never held across an await. Reading is single-flight: a reader holds an
//! asynchronous lock for as long as it reads, and whoever waited for it looks again first. A reader that is cancelled
//! lets go of the lock, and the next one in line reads.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pennon_domain::{Definition, EnvironmentId, Head, Snapshot, StoreError, Timestamp};

use crate::{
    Environment, Freshness, View,
    config::Config,
    head::{Answer, HeadState, Reading},
    view::{Compiled, ViewState},
};

/// What is remembered of one environment, existing or not.
pub(crate) struct Slot {
    pub(crate) id: EnvironmentId,
    head: Mutex<HeadState>,
    view: Mutex<ViewState>,
    /// The content that was last changed or managed, by the digest of its snapshot. Evaluation does without.
    definition: Mutex<Option<([u8; 32], Arc<Definition>)>>,
    /// Whether others were changing the environment when this process last did.
    contended: AtomicBool,
    /// Held while HEAD is being read.
    pub(crate) reading: tokio::sync::Mutex<()>,
    /// Held while the snapshot is being loaded.
    pub(crate) loading: tokio::sync::Mutex<()>,
}

impl Slot {
    pub(crate) fn new(id: EnvironmentId) -> Self {
        Self {
            id,
            head: Mutex::default(),
            view: Mutex::default(),
            definition: Mutex::default(),
            contended: AtomicBool::new(false),
            reading: tokio::sync::Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// See [`HeadState::current`].
    pub(crate) fn environment(
        self: &Arc<Self>,
        freshness: Freshness,
        now: Timestamp,
        config: &Config,
    ) -> Option<Result<Option<Environment>, StoreError>> {
        let answer = locked(&self.head).current(freshness, now, config)?;
        Some(self.environment_from(answer))
    }

    /// See [`HeadState::meanwhile`].
    pub(crate) fn environment_meanwhile(
        self: &Arc<Self>,
        now: Timestamp,
        config: &Config,
    ) -> Option<Environment> {
        let announced = locked(&self.head).meanwhile(now, config)?;
        Some(Environment::new(announced, Arc::clone(self)))
    }

    /// See [`HeadState::changes`].
    pub(crate) fn changes(&self) -> u64 {
        locked(&self.head).changes()
    }

    /// See [`HeadState::was_read`].
    pub(crate) fn head_was_read(
        self: &Arc<Self>,
        outcome: Result<Option<Head>, StoreError>,
        reading: Reading,
        config: &Config,
    ) -> Result<Option<Environment>, StoreError> {
        let answer = locked(&self.head).was_read(&self.id, outcome, reading, config);
        self.environment_from(answer)
    }

    /// See [`HeadState::expire`].
    pub(crate) fn expire_head(&self) {
        locked(&self.head).expire();
    }

    /// See [`ViewState::current`].
    pub(crate) fn view(
        &self,
        environment: &Environment,
        now: impl FnOnce() -> Timestamp,
        config: &Config,
    ) -> Option<Result<View, StoreError>> {
        locked(&self.view).current(environment, now, config)
    }

    /// See [`ViewState::meanwhile`].
    pub(crate) fn view_meanwhile(&self, now: Timestamp, config: &Config) -> Option<View> {
        locked(&self.view).meanwhile(now, config)
    }

    /// See [`ViewState::was_loaded`].
    pub(crate) fn snapshot_was_loaded(
        &self,
        outcome: Result<Compiled, StoreError>,
        environment: &Environment,
        now: Timestamp,
        config: &Config,
    ) -> Result<View, StoreError> {
        locked(&self.view).was_loaded(outcome, environment, now, config)
    }

    /// See [`ViewState::packed`].
    pub(crate) fn packed(&self, sha256: [u8; 32]) -> Option<Arc<Snapshot>> {
        locked(&self.view).packed(sha256)
    }

    /// The content of that digest, if it is the one that is remembered.
    pub(crate) fn definition(&self, sha256: [u8; 32]) -> Option<Arc<Definition>> {
        let remembered = locked(&self.definition);
        let (_, definition) = remembered.as_ref().filter(|(digest, _)| *digest == sha256)?;
        Some(Arc::clone(definition))
    }

    /// Remembers the content of that digest, instead of another.
    pub(crate) fn remember_definition(&self, sha256: [u8; 32], definition: Arc<Definition>) {
        *locked(&self.definition) = Some((sha256, definition));
    }

    /// Whether others were changing the environment when this process last did: a hint.
    pub(crate) fn is_contended(&self) -> bool {
        self.contended.load(Ordering::Relaxed)
    }

    /// Takes note of whether others are changing the environment.
    pub(crate) fn set_contended(&self, contended: bool) {
        self.contended.store(contended, Ordering::Relaxed);
    }

    fn environment_from(self: &Arc<Self>, answer: Answer) -> Result<Option<Environment>, StoreError> {
        Ok(answer?.map(|announced| Environment::new(announced, Arc::clone(self))))
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Nothing panics while it holds one of these locks, so there is no half-done change to fear behind a poisoned one.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
