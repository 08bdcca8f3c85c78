//! What a node has told about tables and attribute lists.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use lru::LruCache;

use super::lock;
use super::shared::Shared;
use crate::protocol::cbor::Encoder;
use crate::protocol::key::KeySchema;
use crate::protocol::lookup::Metadata;
use crate::protocol::metadata;

/// As many tables and lists are remembered of each kind.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(999);

/// A table may be deleted and made anew with another key.
const KEY_SCHEMA_LASTS: Duration = Duration::from_mins(1);

/// One node's answers. Another node may number its lists otherwise.
///
/// So may the same node once it was restarted: what it said about lists counts only as long as some connection has been
/// open ever since. The epoch tells calls that were written before from those written after.
pub(super) struct NodeMetadata {
    epoch: AtomicU64,
    answers: Mutex<Answers>,
}

struct Answers {
    key_schemas: LruCache<String, (Arc<KeySchema>, SystemTime)>,
    ids: LruCache<Vec<u8>, i64>,
    lists: LruCache<i64, Arc<[String]>>,
}

/// What is known at one moment.
pub(super) struct Known<'k> {
    pub(super) node: &'k NodeMetadata,
    pub(super) shared: &'k Shared,
}

impl NodeMetadata {
    pub(super) fn new() -> Self {
        let answers = Answers {
            key_schemas: LruCache::new(CAPACITY),
            ids: LruCache::new(CAPACITY),
            lists: LruCache::new(CAPACITY),
        };
        Self { epoch: AtomicU64::new(0), answers: Mutex::new(answers) }
    }

    /// Changes whenever lists are forgotten.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(SeqCst)
    }

    /// The numbers of lists may mean something else from now on.
    pub(super) fn forget_lists(&self) {
        let mut answers = lock(&self.answers);
        answers.ids.clear();
        answers.lists.clear();
        self.epoch.fetch_add(1, SeqCst);
    }

    /// The names on lists may be others: whoever got numbers from them keeps these.
    pub(super) fn forget_list_names(&self) {
        lock(&self.answers).lists.clear();
    }

    /// The table may be another one by now.
    pub(super) fn forget_key_schemas(&self) {
        lock(&self.answers).key_schemas.clear();
    }

    pub(super) fn learn_key_schema(&self, table: String, schema: KeySchema, now: SystemTime) {
        lock(&self.answers).key_schemas.put(table, (Arc::new(schema), now));
    }

    /// Unless the lists have been forgotten since `epoch`: then the answer may be of the time before.
    pub(super) fn learn_list(&self, id: i64, names: Vec<String>, epoch: u64) {
        let mut answers = lock(&self.answers);
        if self.epoch() == epoch {
            answers.ids.put(list_key(names.iter().map(String::as_str)), id);
            answers.lists.put(id, names.into());
        }
    }
}

impl Metadata for Known<'_> {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        if let Some(schema) = self.shared.key_schemas.get(table) {
            return Some(Arc::clone(schema));
        }
        let now = self.shared.now();
        let mut answers = lock(&self.node.answers);
        let (schema, since) = answers.key_schemas.get(table)?;
        let is_recent = now.duration_since(*since).is_ok_and(|age| age < KEY_SCHEMA_LASTS);
        is_recent.then(|| Arc::clone(schema))
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        lock(&self.node.answers).ids.get(&list_key(names.iter().copied())).copied()
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        lock(&self.node.answers).lists.get(&id).cloned()
    }
}

/// A list as bytes that no other list has, whatever its names contain.
fn list_key<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Vec<u8> {
    let mut key = Vec::with_capacity(64);
    metadata::encode_attribute_list(&mut Encoder::new(&mut key), names);
    key
}
