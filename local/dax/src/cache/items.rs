//! Items by their keys, and that there are none.

use std::sync::Arc;
use std::time::Duration;

use dax_client::protocol::key::Attributes;
use lru::LruCache;
use tokio::time::Instant;

use super::capacity;

/// Which item: the bytes of a key are its one form, so equal keys are equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ItemKey {
    pub(crate) table: String,
    pub(crate) key: Vec<u8>,
}

/// What is known of an item.
#[derive(Debug, Clone)]
pub(crate) struct CachedItem {
    /// `None`: there is none.
    pub(crate) item: Option<Arc<Attributes>>,
    /// When DynamoDB was asked, or had written it. What is older never takes the place of what is newer, so that a slow
    /// read does not undo a write.
    pub(crate) order: u64,
    /// `None`: never.
    expires: Option<Instant>,
}

impl CachedItem {
    /// An item that is good for `ttl`; 0: for ever.
    pub(crate) fn new(item: Option<Attributes>, order: u64, ttl: Duration) -> Self {
        let expires = if ttl.is_zero() { None } else { Instant::now().checked_add(ttl) };
        Self { item: item.map(Arc::new), order, expires }
    }

    fn has_expired(&self) -> bool {
        self.expires.is_some_and(|expires| expires <= Instant::now())
    }
}

/// The answer of a cache.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// The item as it was.
    Item(Arc<Attributes>),
    /// There was none.
    Nothing,
}

/// The item cache of a node.
#[derive(Debug)]
pub(crate) struct ItemCache {
    items: LruCache<ItemKey, CachedItem>,
}

impl ItemCache {
    pub(crate) fn new(wanted: usize) -> Self {
        Self { items: LruCache::new(capacity(wanted)) }
    }

    pub(crate) fn get(&mut self, key: &ItemKey) -> Option<Found> {
        let cached = self.items.get(key)?;
        if cached.has_expired() {
            self.items.pop(key);
            return None;
        }
        Some(cached.item.clone().map_or(Found::Nothing, Found::Item))
    }

    /// Keeps it, unless something newer is known.
    pub(crate) fn put(&mut self, key: ItemKey, cached: CachedItem) {
        if self.items.peek(&key).is_none_or(|known| known.order <= cached.order) {
            self.items.put(key, cached);
        }
    }

    pub(crate) fn remove(&mut self, key: &ItemKey) {
        self.items.pop(key);
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    const TTL: Duration = Duration::from_mins(5);

    fn key(name: &str) -> ItemKey {
        ItemKey { table: "flags".to_owned(), key: name.as_bytes().to_vec() }
    }

    fn version(number: u32) -> Attributes {
        [("version".to_owned(), AttributeValue::N(number.to_string()))].into()
    }

    fn found(number: u32) -> Found {
        Found::Item(Arc::new(version(number)))
    }

    #[tokio::test(start_paused = true)]
    async fn items_and_that_there_are_none_are_known_until_their_time_is_up() {
        let mut cache = ItemCache::new(10);
        cache.put(key("a"), CachedItem::new(Some(version(1)), 1, TTL));
        cache.put(key("b"), CachedItem::new(None, 1, TTL));
        let moment = Duration::from_millis(1);
        tokio::time::advance(TTL.saturating_sub(moment)).await;
        assert_eq!((cache.get(&key("a")), cache.get(&key("b"))), (Some(found(1)), Some(Found::Nothing)));
        tokio::time::advance(moment).await;
        assert_eq!((cache.get(&key("a")), cache.get(&key("b"))), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_to_live_they_are_known_for_ever() {
        let mut cache = ItemCache::new(10);
        cache.put(key("a"), CachedItem::new(Some(version(1)), 1, Duration::ZERO));
        cache.put(key("b"), CachedItem::new(Some(version(1)), 1, Duration::MAX));
        tokio::time::advance(1000 * TTL).await;
        assert_eq!((cache.get(&key("a")), cache.get(&key("b"))), (Some(found(1)), Some(found(1))));
    }

    #[tokio::test]
    async fn what_was_used_least_recently_makes_room() {
        let mut cache = ItemCache::new(2);
        cache.put(key("a"), CachedItem::new(Some(version(1)), 1, TTL));
        cache.put(key("b"), CachedItem::new(Some(version(1)), 1, TTL));
        assert_eq!(cache.get(&key("a")), Some(found(1)));
        cache.put(key("c"), CachedItem::new(Some(version(1)), 1, TTL));
        assert_eq!((cache.get(&key("a")), cache.get(&key("b"))), (Some(found(1)), None));
    }

    #[tokio::test]
    async fn what_is_older_does_not_take_the_place_of_what_is_newer() {
        let mut cache = ItemCache::new(2);
        cache.put(key("a"), CachedItem::new(Some(version(2)), 2, TTL));
        cache.put(key("a"), CachedItem::new(Some(version(1)), 1, TTL));
        assert_eq!(cache.get(&key("a")), Some(found(2)));
    }
}
