//! Old versions: read while they are kept, and deleted afterwards.

use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use pennon_domain::{Definition, EnvironmentId, Snapshot, StoreError, error_chain};

use crate::{
    Store,
    current::unpack,
    item::{self, Key, OldVersion, Tip},
};

/// How many chunks are deleted at the same time.
const AT_ONCE: usize = 8;

impl Store {
    /// The content of a version, verified. `None`: it is none of the last 20 of the environment.
    pub async fn definition_at(
        &self,
        id: &EnvironmentId,
        version: u64,
    ) -> Result<Option<Definition>, StoreError> {
        let core = &self.0.tables.core;
        let tip = core.tip(id).await?;
        if !tip.is_some_and(|tip| tip.head.is_some() && tip.kept.holds(version, tip.version)) {
            return Ok(None);
        }
        let Some(first) = core.chunk_item(id, version, 0).await? else { return Ok(None) };
        let manifest = item::decode_manifest(&first)?;
        let others = (1..manifest.chunks).map(|index| core.chunk(id, version, index));
        let others: Option<Vec<_>> = try_join_all(others).await?.into_iter().collect();
        // It has left the window meanwhile.
        let Some(others) = others else { return Ok(None) };
        let packed = [item::chunk_data(first)?, others.concat()].concat();
        let snapshot = Snapshot::verify(packed, manifest.sha256).map_err(|source| StoreError::Damaged {
            context: "reading an earlier version",
            source: Some(source),
        })?;
        unpack(&snapshot).map(Some)
    }

    /// Deletes the chunks of versions that nobody can ask for any more; `false` if that failed, and is for the next change to try.
    ///
    /// It depends on no transaction: what is outside the window of the current version is so for good.
    pub(crate) async fn tidy_up(&self, id: &EnvironmentId, tip: &Tip) -> bool {
        let chunk = |old: OldVersion| (0..old.chunks).map(move |index| Key::chunk(id, old.version, index));
        let keys = tip.kept.old_versions(tip.version).into_iter().flat_map(chunk);
        let deletions = keys.map(|key| self.0.tables.core.delete(key, "deleting an old version"));
        let deletions: Vec<_> = deletions.collect();
        let deleted =
            stream::iter(deletions).map(Ok).try_for_each_concurrent(AT_ONCE, |deletion| deletion).await;
        if let Err(error) = &deleted {
            tracing::warn!(environment = %id, error = error_chain(error), "an old version cannot be deleted yet");
        }
        deleted.is_ok()
    }
}
