//! The next version of an environment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::types::AttributeValue;
use pennon_domain::{
    Bucketing, ChangeError, Definition, EnvironmentId, Head, KeyRecord, Refusal, Snapshot, SnapshotError,
    StoreError, Timestamp,
};

use super::transaction::Transaction;
use crate::{
    item::{self, Kept, MAX_HEAD_BYTES, Tip, VERSION},
    table::Table,
};

/// What a version consists of.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) definition: Arc<Definition>,
    pub(crate) bucketing: Bucketing,
    pub(crate) keys: BTreeMap<String, KeyRecord>,
    /// See [`Tip::unknown_keys`].
    pub(crate) unknown_keys: HashMap<String, AttributeValue>,
}

/// A version that is ready to be written over the current one.
#[derive(Debug)]
pub(crate) struct NextVersion {
    id: EnvironmentId,
    /// The version that it replaces.
    over: Option<u64>,
    pub(crate) tip: Tip,
    /// `None`: it is the end of the environment.
    snapshot: Option<Snapshot>,
}

impl NextVersion {
    /// The version after `current`, with those contents. `tidy`: the chunks of old versions are deleted.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the definition does not fit into a snapshot, [`Refusal::Conflict`] when the keys do not fit into
    /// HEAD.
    pub(crate) fn of(
        id: &EnvironmentId,
        current: Option<&Tip>,
        contents: Contents,
        now: Timestamp,
        tidy: bool,
    ) -> Result<Self, ChangeError> {
        let Contents { definition, bucketing, keys, unknown_keys } = contents;
        let snapshot = Snapshot::pack(&definition).map_err(does_not_fit)?;
        let (version, published) = after(current, now);
        let chunks = u32::try_from(snapshot.chunks().len()).unwrap_or(u32::MAX);
        let head = Head {
            environment: id.clone(),
            version,
            published,
            config_etag: definition.etag(bucketing),
            bucketing,
            chunks,
            sha256: snapshot.sha256(),
            keys,
        };
        let kept = current.map_or_else(Kept::nothing, |tip| tip.kept.clone()).with(chunks, tidy);
        let tip = Tip { version, published, kept, head: Some(Arc::new(head)), unknown_keys };
        if item::size(&tip.encode(id)) > MAX_HEAD_BYTES {
            return Err(Refusal::conflict("the environment has as many SDK keys as it can have").into());
        }
        let over = current.map(|tip| tip.version);
        Ok(Self { id: id.clone(), over, tip, snapshot: Some(snapshot) })
    }

    /// The version after `current` that is no environment any more.
    pub(crate) fn end_of(id: &EnvironmentId, current: &Tip, now: Timestamp, tidy: bool) -> Self {
        let (version, published) = after(Some(current), now);
        let kept = current.kept.with(0, tidy);
        let tip = Tip { version, published, kept, head: None, unknown_keys: HashMap::new() };
        Self { id: id.clone(), over: Some(current.version), tip, snapshot: None }
    }

    /// Adds HEAD, on the condition that it is still what was read, and the chunks that it announces.
    pub(crate) fn write_to(&self, transaction: &mut Transaction, core: &Table) -> Result<(), StoreError> {
        let item = self.tip.encode(&self.id);
        match self.over {
            Some(version) => transaction.put_over(core, item, &[(VERSION, version)])?,
            None => transaction.put_new(core, item)?,
        }
        let (Some(head), Some(snapshot)) = (&self.tip.head, &self.snapshot) else { return Ok(()) };
        (0..)
            .zip(snapshot.chunks())
            .try_for_each(|(index, data)| transaction.put_new(core, item::encode_chunk(head, index, data)))
    }
}

/// The number of the next version, and a moment after that of the current one: audit order is version order, whatever the clock
/// does.
fn after(current: Option<&Tip>, now: Timestamp) -> (u64, Timestamp) {
    let Some(tip) = current else { return (1, now) };
    let next_moment = Timestamp::from_millis(tip.published.as_millis().saturating_add(1));
    (tip.version.saturating_add(1), now.max(next_moment))
}

fn does_not_fit(error: SnapshotError) -> ChangeError {
    match error {
        SnapshotError::TooLarge { .. } => Refusal::invalid("", error.to_string()).into(),
        other => StoreError::Unavailable { context: "packing a snapshot", source: Some(other.into()) }.into(),
    }
}
