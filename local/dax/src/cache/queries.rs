//! Results of `Query` and `Scan`, by all that was asked.

use std::time::Duration;

use dax_client::protocol::method::Method;
use lru::LruCache;
use tokio::time::Instant;

use super::capacity;
use crate::wire::Output;

/// What was asked: the method, and its arguments as they came.
type Key = (Method, Vec<u8>);

/// The query cache of a node. Nothing but time and room takes results away: writes do not.
#[derive(Debug)]
pub(crate) struct QueryCache {
    results: LruCache<Key, Result>,
    ttl: Duration,
}

#[derive(Debug)]
struct Result {
    output: Output,
    /// `None`: never.
    expires: Option<Instant>,
}

impl QueryCache {
    pub(crate) fn new(wanted: usize, ttl: Duration) -> Self {
        Self { results: LruCache::new(capacity(wanted)), ttl }
    }

    pub(crate) fn get(&mut self, method: Method, arguments: &[u8]) -> Option<Output> {
        let key = (method, arguments.to_vec());
        let result = self.results.get(&key)?;
        if result.expires.is_some_and(|expires| expires <= Instant::now()) {
            self.results.pop(&key);
            return None;
        }
        Some(result.output.clone())
    }

    /// Keeps a result, unless the cache is off.
    pub(crate) fn put(&mut self, method: Method, arguments: Vec<u8>, output: Output) {
        if !self.ttl.is_zero() {
            let expires = Instant::now().checked_add(self.ttl);
            self.results.put((method, arguments), Result { output, expires });
        }
    }

    pub(crate) fn clear(&mut self) {
        self.results.clear();
    }
}
