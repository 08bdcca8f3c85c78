//! Publishing: a new version of an environment, in one transaction.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{Put, TransactWriteItem},
};
use pennon_domain::{
    Bucketing, Clock, Definition, EnvironmentId, Head, KeyRecord, Snapshot, SnapshotError, StoreError,
};

use crate::{
    item::{self, Item, MAX_HEAD_BYTES, PK, VERSION},
    table::{Table, TransactError, unavailable},
};

/// How often a publisher that is overtaken starts over.
const MAX_ATTEMPTS: u32 = 5;
/// At most how long it waits before the second attempt; twice as long before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// The outcome of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that is now current.
    pub version: u64,
    /// Identifies its content; see [`Head::config_etag`].
    pub config_etag: String,
    /// Whether this made a new version; if not, the current one already was the same.
    pub changed: bool,
}

/// Why something was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The definition is too large to be stored: the caller's to change.
    #[error("the definition cannot be stored")]
    Definition(#[source] SnapshotError),
    /// The keys do not fit into HEAD: the caller's to change.
    #[error("the SDK keys make HEAD {bytes} bytes, more than {max}", max = MAX_HEAD_BYTES)]
    TooManyKeys {
        /// What HEAD would have been.
        bytes: usize,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a version consists of.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    config_etag: String,
    bucketing: Bucketing,
    keys: &'a BTreeMap<String, KeyRecord>,
    snapshot: Snapshot,
}

impl<'a> Content<'a> {
    pub(crate) fn pack(
        definition: &Definition,
        bucketing: Bucketing,
        keys: &'a BTreeMap<String, KeyRecord>,
    ) -> Result<Self, PublishError> {
        let snapshot = Snapshot::pack(definition).map_err(PublishError::Definition)?;
        Ok(Self { config_etag: definition.etag(bucketing), bucketing, keys, snapshot })
    }

    fn is(&self, head: &Head) -> bool {
        self.config_etag == head.config_etag && self.bucketing == head.bucketing && *self.keys == head.keys
    }

    fn head_after(&self, current: Option<&Head>, id: &EnvironmentId, clock: &dyn Clock) -> Head {
        Head {
            environment: id.clone(),
            version: current.map_or(0, |head| head.version).saturating_add(1),
            published: clock.now(),
            config_etag: self.config_etag.clone(),
            bucketing: self.bucketing,
            chunks: u32::try_from(self.snapshot.chunks().len()).unwrap_or(u32::MAX),
            sha256: self.snapshot.sha256(),
            keys: self.keys.clone(),
        }
    }
}

/// Publishes, on top of whatever is current.
pub(crate) async fn publish(
    table: &Table,
    clock: &dyn Clock,
    id: &EnvironmentId,
    content: &Content<'_>,
) -> Result<Published, PublishError> {
    let mut attempted: Option<Head> = None;
    let mut last = StoreError::Conflict;
    for attempt in 0..MAX_ATTEMPTS {
        if attempt > 0 {
            // Anywhere from no time: those who collided must not meet again.
            let at_most = FIRST_PAUSE * 2_u32.pow(attempt - 1);
            tokio::time::sleep(at_most.mul_f64(fastrand::f64())).await;
        }
        let current = table.head(id).await?;
        if let Some(head) = current.as_ref().filter(|head| content.is(head)) {
            // Ours, if an attempt that seemed lost had gone through after all.
            let changed = attempted.as_ref() == Some(head);
            return Ok(Published { version: head.version, config_etag: head.config_etag.clone(), changed });
        }
        let next = content.head_after(current.as_ref(), id, clock);
        let items = transaction(&table.name, current.as_ref(), &next, &content.snapshot)?;
        last = match table.transact(items, token()).await {
            Ok(()) => {
                return Ok(Published { version: next.version, config_etag: next.config_etag, changed: true });
            }
            Err(TransactError::LostRace) => StoreError::Conflict,
            Err(TransactError::Throttled) => {
                StoreError::Unavailable { context: "publishing: throttled", source: None }
            }
            Err(TransactError::Failed(error)) => return Err(error.into()),
        };
        attempted = Some(next);
    }
    Err(last.into())
}

/// The writes of one new version: HEAD if it is still `current`, and the chunks that it announces. Whatever has to change
/// together with it joins them here.
fn transaction(
    table: &str,
    current: Option<&Head>,
    next: &Head,
    snapshot: &Snapshot,
) -> Result<Vec<TransactWriteItem>, PublishError> {
    let head = item::encode_head(next);
    let bytes = item::size(&head);
    if bytes > MAX_HEAD_BYTES {
        return Err(PublishError::TooManyKeys { bytes });
    }
    let mut writes = vec![match current {
        Some(current) => put_over_version(table, head, current.version)?,
        None => put_new(table, head)?,
    }];
    for (index, data) in (0..).zip(snapshot.chunks()) {
        writes.push(put_new(table, item::encode_chunk(&next.environment, next.version, index, data))?);
    }
    Ok(writes)
}

fn put_over_version(table: &str, item: Item, version: u64) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder()
        .condition_expression("#version = :version")
        .expression_attribute_names("#version", VERSION)
        .expression_attribute_values(":version", item::number(version));
    built(put.table_name(table).set_item(Some(item)).build())
}

fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder()
        .condition_expression("attribute_not_exists(#pk)")
        .expression_attribute_names("#pk", PK);
    built(put.table_name(table).set_item(Some(item)).build())
}

fn built(put: Result<Put, BuildError>) -> Result<TransactWriteItem, StoreError> {
    let put = put.map_err(|error| unavailable("publishing", &error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// One for each transaction; DynamoDB takes at most 36 characters and remembers them for ten minutes.
fn token() -> String {
    format!("{:032x}", fastrand::u128(..))
}
