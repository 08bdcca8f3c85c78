//! The snapshot of an environment, compiled and kept.

use std::sync::Arc;

use pennon_domain::{AsOf, Head, Ruleset, Snapshot, SnapshotError, StoreError, Timestamp, error_chain};

use crate::{
    Environment,
    config::Config,
    outage::{Outage, still_serves},
};

/// One version of an environment, ready to be evaluated. Cheap to clone.
#[derive(Clone)]
pub struct View {
    /// The flags, compiled.
    pub ruleset: Arc<Ruleset>,
    /// The flags, packed.
    pub snapshot: Arc<Snapshot>,
    /// The HEAD of this version: not the current one, when it is stale.
    pub head: Arc<Head>,
    /// Whether this may not be the current version, because DynamoDB could not be asked or did not have all of it.
    pub stale: bool,
    /// When HEAD last announced this version, as far as anybody asked.
    pub confirmed: Timestamp,
}

impl View {
    /// What an answer from this view was computed from.
    pub fn as_of(&self) -> AsOf {
        AsOf { version: self.head.version, stale: self.stale }
    }
}

impl std::fmt::Debug for View {
    /// Without the contents.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("environment", &self.head.environment)
            .field("version", &self.head.version)
            .field("stale", &self.stale)
            .finish_non_exhaustive()
    }
}

/// A verified snapshot and what it compiles to.
pub(crate) type Compiled = (Arc<Ruleset>, Arc<Snapshot>);

/// Compiles a snapshot that was verified.
pub(crate) fn compile(snapshot: Snapshot, head: &Head) -> Result<Compiled, StoreError> {
    let damaged = |source| StoreError::Damaged { context: "unpacking a snapshot", source: Some(source) };
    let json = snapshot.to_json().map_err(damaged)?;
    let ruleset = Ruleset::from_canonical_json(&json, head.bucketing)
        .map_err(|error| damaged(SnapshotError::Malformed(std::io::Error::other(error))))?;
    Ok((Arc::new(ruleset), Arc::new(snapshot)))
}

/// What is kept of an environment's snapshots: the last good one, and why there is no newer one.
#[derive(Default)]
pub(crate) struct ViewState {
    kept: Option<Kept>,
    outage: Option<LoadOutage>,
}

struct Kept {
    /// Its `stale` is never set here.
    view: View,
    /// Which HEAD did.
    serial: u64,
}

/// A snapshot that could not be loaded.
struct LoadOutage {
    head: Arc<Head>,
    outage: Outage,
}

impl ViewState {
    /// The packed content of that digest, if it is the one that is kept.
    pub(crate) fn packed(&self, sha256: [u8; 32]) -> Option<Arc<Snapshot>> {
        let kept = self.kept.as_ref().filter(|kept| kept.view.snapshot.sha256() == sha256)?;
        Some(Arc::clone(&kept.view.snapshot))
    }

    /// What `environment` announces, or a later version, from memory; `None` is "load it".
    pub(crate) fn current(
        &mut self,
        environment: &Environment,
        now: impl FnOnce() -> Timestamp,
        config: &Config,
    ) -> Option<Result<View, StoreError>> {
        if let Some(kept) = &mut self.kept
            && kept.answers(environment)
        {
            return Some(Ok(View { stale: environment.stale, ..kept.view.clone() }));
        }
        let failed = self.outage.as_ref().filter(|failed| same_content(&failed.head, &environment.head))?;
        let (outage, now) = (failed.outage, now());
        outage.pauses(now).then(|| self.meanwhile(now, config).ok_or_else(|| outage.error()))
    }

    /// The last good snapshot, if it is recent enough, while a later one is known to be out of reach.
    pub(crate) fn meanwhile(&mut self, now: Timestamp, config: &Config) -> Option<View> {
        self.outage.as_ref()?;
        self.last_good(now, config)
    }

    /// Takes note of an attempt to load what `environment` announces, and answers whoever made it.
    pub(crate) fn was_loaded(
        &mut self,
        outcome: Result<Compiled, StoreError>,
        environment: &Environment,
        now: Timestamp,
        config: &Config,
    ) -> Result<View, StoreError> {
        let id = &environment.head.environment;
        match outcome {
            Ok((ruleset, snapshot)) => {
                if self.outage.take().is_some() && self.kept.is_some() {
                    tracing::info!(environment = %id, "the snapshot can be read again");
                }
                let (head, confirmed) = (Arc::clone(&environment.head), environment.read_at);
                let view = View { ruleset, snapshot, head, stale: false, confirmed };
                let kept = Kept { view, serial: environment.serial };
                let view = View { stale: environment.stale, ..kept.view.clone() };
                self.kept = Some(kept);
                Ok(view)
            }
            Err(error) => {
                let last_good = self.last_good(now, config);
                let outage = Outage::new(&error, now, last_good.is_some().then_some(config.head_ttl));
                let head = Arc::clone(&environment.head);
                // Once per outage. Without anything to serve the caller gets the error, and logs it.
                if self.outage.replace(LoadOutage { head, outage }).is_none() && last_good.is_some() {
                    tracing::warn!(environment = %id, error = error_chain(&error), "the snapshot cannot be read: serving the last one");
                }
                last_good.ok_or(error)
            }
        }
    }

    fn last_good(&mut self, now: Timestamp, config: &Config) -> Option<View> {
        let kept = self.kept.as_mut()?;
        let within = still_serves(&mut kept.view.confirmed, now, config.max_stale);
        within.then(|| View { stale: true, ..kept.view.clone() })
    }
}

impl Kept {
    /// Whether this is what `environment` announces, or what a later HEAD announced to somebody faster.
    fn answers(&mut self, environment: &Environment) -> bool {
        let later = self.serial > environment.serial;
        let same = same_content(&self.view.head, &environment.head);
        if same && !later {
            if !Arc::ptr_eq(&self.view.head, &environment.head) {
                // A new version with the same flags: another key, say.
                self.view.head = Arc::clone(&environment.head);
            }
            self.view.confirmed = environment.read_at;
            self.serial = environment.serial;
        }
        same || later
    }
}

/// Whether both announce the same bytes, compiled in the same way, whatever their versions.
fn same_content(one: &Head, other: &Head) -> bool {
    one.sha256 == other.sha256 && one.bucketing == other.bucketing
}
