//! Reading environments and their snapshots through the caches.

use std::{fmt, sync::Arc};

use aws_sdk_dynamodb::Client;
use pennon_domain::{Clock, EnvironmentId, Head, Snapshot, StoreError};
use pennon_telemetry::{Phase, note};

use crate::{
    Environment, Freshness, View,
    chunks::{self, Chunks},
    config::Config,
    dax::{Dax, DaxStatus},
    directory::Directory,
    head::Reading,
    metrics,
    readiness::Readiness,
    slot::Slot,
    table::Tables,
    tables,
    view::{self, Compiled},
};

/// The environments in DynamoDB, and what this process remembers of them. Cheap to clone; clones share their memory.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) tables: Tables,
    chunks: Chunks,
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: Directory,
    readiness: Readiness,
}

impl Store {
    /// A store over that client's connections and credentials; deadlines and retries are the configuration's. It reads
    /// snapshots from DynamoDB, whatever the configuration says of DAX.
    pub fn new(client: Client, config: Config, clock: Arc<dyn Clock>) -> Self {
        Self::with_dax(client, None, config, clock)
    }

    /// The same, which asks a DAX cluster for snapshots first, if there is one: see [`Dax::open`].
    pub fn with_dax(client: Client, dax: Option<Dax>, config: Config, clock: Arc<dyn Clock>) -> Self {
        let tables = Tables::new(client, &config);
        Self(Arc::new(Inner {
            chunks: Chunks::new(tables.core.clone(), dax),
            tables,
            clock,
            directory: Directory::new(config.max_environments),
            readiness: Readiness::default(),
            config,
        }))
    }

    /// An environment: its HEAD from memory if that is recent enough, else from one strongly consistent read that all
    /// concurrent callers share. `None`: there is no such environment.
    ///
    /// While HEAD cannot be read, the last one is given, marked stale, for up to `MAX_STALE_SECONDS` after it was read;
    /// after that [`StoreError::Unavailable`], or [`StoreError::Damaged`] if it can be read but not understood.
    pub async fn environment(
        &self,
        id: &EnvironmentId,
        freshness: Freshness,
    ) -> Result<Option<Environment>, StoreError> {
        let _timer = note::begins(Phase::Head);
        let environment = self.environment_as(id, freshness).await;
        match &environment {
            Ok(Some(environment)) => note::head(&environment.head),
            Ok(None) | Err(_) => note::environment(id),
        }
        environment
    }

    async fn environment_as(
        &self,
        id: &EnvironmentId,
        freshness: Freshness,
    ) -> Result<Option<Environment>, StoreError> {
        let Inner { directory, clock, config, .. } = &*self.0;
        let slot = directory.slot(id);
        if let Some(answer) = slot.environment(freshness, clock.now(), config) {
            return answer;
        }
        let _reading = if let Ok(reading) = slot.reading.try_lock() {
            reading
        } else {
            // While an outage is known, one caller at a time pays for finding out whether it is over.
            if let Some(environment) = slot.environment_meanwhile(clock.now(), config) {
                return Ok(Some(environment));
            }
            slot.reading.lock().await
        };
        if let Some(answer) = slot.environment(freshness, clock.now(), config) {
            return answer;
        }
        self.read_head(&slot).await
    }

    /// The snapshot that the environment's HEAD announces, verified and compiled: from memory, or loaded once for all
    /// concurrent callers. A later one, where somebody else has already loaded that.
    ///
    /// Where it cannot be loaded, the last good one is given, marked stale, for up to `MAX_STALE_SECONDS` after HEAD
    /// last announced it; else [`StoreError::Unavailable`] or [`StoreError::Damaged`]. Never a part of one.
    pub async fn snapshot(&self, environment: &Environment) -> Result<View, StoreError> {
        let _timer = note::begins(Phase::Snapshot);
        let view = self.view(environment).await?;
        note::served(&view.head, view.confirmed, view.stale);
        Ok(view)
    }

    async fn view(&self, environment: &Environment) -> Result<View, StoreError> {
        let Inner { clock, config, .. } = &*self.0;
        let slot = &*environment.slot;
        if let Some(answer) = self.remembered(environment) {
            return answer;
        }
        let _loading = if let Ok(loading) = slot.loading.try_lock() {
            loading
        } else {
            if let Some(view) = slot.view_meanwhile(clock.now(), config) {
                metrics::memory_hit();
                return Ok(view);
            }
            slot.loading.lock().await
        };
        if let Some(answer) = self.remembered(environment) {
            return answer;
        }
        metrics::memory_miss();
        // Boxed: loading is rare, and its future is many times the size of that of an answer from memory.
        Box::pin(self.load(environment)).await
    }

    /// Whether DynamoDB answers: one cheap read.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.tables.core.probe().await
    }

    /// Whether DynamoDB answers, and how DAX is, which nothing depends on: one cheap read of each, remembered for a second and shared
    /// by all callers.
    pub async fn ready(&self) -> Result<DaxStatus, StoreError> {
        let probe = async || {
            let (table, dax) = tokio::join!(self.0.tables.core.probe(), self.0.chunks.dax_status());
            table.map(|()| dax)
        };
        self.0.readiness.check(&*self.0.clock, probe).await
    }

    /// Makes the tables that are not there yet, as the deployment template does.
    pub async fn create_tables(&self) -> Result<(), StoreError> {
        tables::create(&self.0.tables).await
    }

    async fn read_head(&self, slot: &Arc<Slot>) -> Result<Option<Environment>, StoreError> {
        let Inner { tables, clock, config, directory, .. } = &*self.0;
        let (began, changes) = (clock.now(), slot.changes());
        let outcome = tables.core.head(&slot.id).await;
        if let Ok(head) = &outcome {
            directory.file(slot, head.is_some());
        }
        slot.head_was_read(outcome, Reading { began, ended: clock.now(), changes }, config)
    }

    fn remembered(&self, environment: &Environment) -> Option<Result<View, StoreError>> {
        let Inner { clock, config, .. } = &*self.0;
        let answer = environment.slot.view(environment, || clock.now(), config)?;
        if answer.is_ok() {
            metrics::memory_hit();
        }
        Some(answer)
    }

    /// Loads what HEAD announces. If that is gone, more versions have come since HEAD was read than are kept: what it announces by now
    /// is loaded instead.
    async fn load(&self, environment: &Environment) -> Result<View, StoreError> {
        let Inner { clock, config, .. } = &*self.0;
        let (mut environment, mut outcome) =
            (environment.clone(), self.load_announced(&environment.head).await);
        if matches!(outcome, Ok(None))
            && let Some(newer) = self.announced_by_now(&environment).await
        {
            outcome = self.load_announced(&newer.head).await;
            environment = newer;
        }
        let outcome = outcome.and_then(|compiled| compiled.ok_or_else(chunks::missing));
        environment.slot.snapshot_was_loaded(outcome, &environment, clock.now(), config)
    }

    /// The snapshot; `None`: some of it is missing.
    async fn load_announced(&self, head: &Head) -> Result<Option<Compiled>, StoreError> {
        let reading = self.0.chunks.snapshot(head, self.0.clock.now());
        let snapshot = self.in_time(reading).await?;
        snapshot.map(|snapshot| view::compile(snapshot, head)).transpose()
    }

    async fn announced_by_now(&self, environment: &Environment) -> Option<Environment> {
        let slot = &environment.slot;
        let _reading = slot.reading.lock().await;
        let newer = self.read_head(slot).await.ok().flatten()?;
        (newer.head.version != environment.head.version).then_some(newer)
    }

    /// The snapshot that HEAD announces, verified, from DynamoDB; `None`: some of it is missing.
    pub(crate) async fn read_packed(&self, head: &Head) -> Result<Option<Snapshot>, StoreError> {
        self.in_time(self.0.chunks.snapshot_around_dax(head)).await
    }

    async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let too_late = |_| StoreError::Unavailable { context: "reading a snapshot in time", source: None };
        tokio::time::timeout(self.0.config.transfer.operation, reading).await.map_err(too_late)?
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("config", &self.0.config)
            .field("chunks", &self.0.chunks)
            .finish_non_exhaustive()
    }
}
