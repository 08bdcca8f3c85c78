//! SDK keys, as they are managed. For making and revoking them see [`KeyEdit`](crate::KeyEdit).

use pennon_domain::{EnvironmentId, KeyInfo, Page, StoreError};

use crate::{
    Store,
    item::{self, Key},
    listing::list,
};

impl Store {
    /// A part of the list of an environment's SDK keys, by key identifier: at most `limit` of those after `after`.
    pub async fn keys(
        &self,
        id: &EnvironmentId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<KeyInfo>, StoreError> {
        let place = (Key::key_partition(id), "K#");
        let key = |info: &KeyInfo| info.kid.clone();
        list(&self.0.tables.core, place, after, limit, item::decode_key_info, key).await
    }

    /// An SDK key, as it is managed. `None`: there is none, or it is of a kind that this version does not know.
    pub async fn key(&self, id: &EnvironmentId, kid: &str) -> Result<Option<KeyInfo>, StoreError> {
        let item = self.0.tables.core.get(Key::sdk_key(id, kid), "reading an SDK key").await?;
        item.map_or(Ok(None), |item| item::decode_key_info(&item))
    }
}
