//! HEAD, for readers and for writers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::types::AttributeValue;
use pennon_domain::{EnvironmentId, Head, KeyRecord, Scope, StoreError, Timestamp, limits};

use super::{
    Item, Kept, Key, as_digest, as_number, binary, damaged, is_true, moment, moment_of, number, number_of,
    optional, text, text_of,
};

/// The version attribute of HEAD: what a writer's condition compares.
pub(crate) const VERSION: &str = "version";
/// Bytes of HEAD: one unit of a strongly consistent read.
pub(crate) const MAX_HEAD_BYTES: usize = 4096;

/// How snapshots are packed. There is one codec; the attribute is there so that a second can be told apart.
const CODEC: &str = "zstd";
/// Marks what is left of an environment that was deleted: recreating it goes on from there.
const DELETED: &str = "deleted";

/// HEAD as a writer needs it: with what readers have no use for.
#[derive(Clone, Debug)]
pub(crate) struct Tip {
    pub(crate) version: u64,
    pub(crate) published: Timestamp,
    pub(crate) kept: Kept,
    /// `None`: the environment was deleted.
    pub(crate) head: Option<Arc<Head>>,
    /// Keys whose scope this version does not know, as they are. A later version does.
    pub(crate) unknown_keys: HashMap<String, AttributeValue>,
}

impl Tip {
    /// HEAD as an item.
    pub(crate) fn encode(&self, id: &EnvironmentId) -> Item {
        let mut item = Key::head(id).item([
            (VERSION, number(self.version)),
            ("published", moment(self.published)),
            ("kept", text(&self.kept.to_text())),
        ]);
        let Some(head) = &self.head else {
            item.insert(DELETED.to_owned(), AttributeValue::Bool(true));
            return item;
        };
        let keys = head.keys.iter().map(|(kid, record)| (kid.clone(), encode_key(record)));
        let keys = self.unknown_keys.clone().into_iter().chain(keys).collect();
        let members = [
            ("config_etag", text(&head.config_etag)),
            ("bucketing", text(head.bucketing.as_str())),
            ("codec", text(CODEC)),
            ("chunks", number(head.chunks.into())),
            ("sha256", binary(&head.sha256)),
            ("keys", AttributeValue::M(keys)),
        ];
        item.extend(members.map(|(name, value)| (name.to_owned(), value)));
        item
    }
}

/// HEAD from an item; `None` if the environment was deleted.
pub(crate) fn decode_head(environment: &EnvironmentId, item: &Item) -> Result<Option<Head>, StoreError> {
    if is_true(item, DELETED) {
        return Ok(None);
    }
    read_head(environment, item).map(Some).ok_or_else(damaged("reading HEAD"))
}

/// HEAD from an item, for a writer.
pub(crate) fn decode_tip(environment: &EnvironmentId, item: &Item) -> Result<Tip, StoreError> {
    let head = decode_head(environment, item)?.map(Arc::new);
    let read = || {
        Some(Tip {
            version: number_of(item, VERSION)?,
            published: moment_of(item, "published")?,
            kept: Kept::from_text(text_of(item, "kept")?)?,
            unknown_keys: head.as_ref().map_or_else(HashMap::new, |head| unknown_keys(item, head)),
            head: head.clone(),
        })
    };
    read().ok_or_else(damaged("reading HEAD for a change"))
}

fn read_head(environment: &EnvironmentId, item: &Item) -> Option<Head> {
    if text_of(item, "codec")? != CODEC {
        return None;
    }
    let version = number_of(item, VERSION)?;
    let chunks = u32::try_from(number_of(item, "chunks")?).ok()?;
    let in_range = version >= 1 && (1..=limits::MAX_CHUNKS).contains(&usize::try_from(chunks).ok()?);
    let config_etag = text_of(item, "config_etag")?;
    let is_etag = !config_etag.is_empty() && config_etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !in_range || !is_etag {
        return None;
    }
    Some(Head {
        environment: environment.clone(),
        version,
        published: moment_of(item, "published")?,
        config_etag: config_etag.to_owned(),
        bucketing: text_of(item, "bucketing")?.parse().ok()?,
        chunks,
        sha256: as_digest(item.get("sha256")?)?,
        keys: read_keys(item.get("keys")?)?,
    })
}

fn read_keys(value: &AttributeValue) -> Option<BTreeMap<String, KeyRecord>> {
    let mut keys = BTreeMap::new();
    for (kid, value) in value.as_m().ok()? {
        let record = value.as_m().ok()?;
        let Some(scope) = Scope::from_name(text_of(record, "scope")?) else { continue };
        let expires = optional(record, "expires", as_number).ok()?.map(Timestamp::from_millis);
        keys.insert(kid.clone(), KeyRecord { hash: as_digest(record.get("hash")?)?, scope, expires });
    }
    Some(keys)
}

fn unknown_keys(item: &Item, head: &Head) -> HashMap<String, AttributeValue> {
    let keys = item.get("keys").and_then(|keys| keys.as_m().ok()).into_iter().flatten();
    let unknown = keys.filter(|(kid, _)| !head.keys.contains_key(*kid));
    unknown.map(|(kid, record)| (kid.clone(), record.clone())).collect()
}

fn encode_key(record: &KeyRecord) -> AttributeValue {
    let mut members = HashMap::from([
        ("hash".to_owned(), binary(&record.hash)),
        ("scope".to_owned(), text(record.scope.as_str())),
    ]);
    if let Some(expires) = record.expires {
        members.insert("expires".to_owned(), moment(expires));
    }
    AttributeValue::M(members)
}

#[cfg(test)]
mod tests {
    use pennon_domain::Bucketing;

    use super::*;
    use crate::item::size;

    fn head(keys: usize) -> Head {
        let record = |index: usize| KeyRecord {
            hash: [u8::try_from(index).unwrap(); 32],
            scope: Scope::Server,
            expires: (index % 2 == 1).then(|| Timestamp::from_millis(1_800_000_000_000)),
        };
        Head {
            environment: "shop.production".parse().unwrap(),
            version: 41,
            published: Timestamp::from_millis(1_795_000_000_123),
            config_etag: "0123456789abcdef0123456789abcdef".to_owned(),
            bucketing: Bucketing::V2,
            chunks: 3,
            sha256: [9; 32],
            keys: (0..keys).map(|index| (format!("kid{index:05}"), record(index))).collect(),
        }
    }

    fn decode(item: &Item) -> Result<Head, StoreError> {
        Ok(decode_head(&head(0).environment, item)?.expect("an environment"))
    }

    fn tip(keys: usize) -> Tip {
        let head = Arc::new(head(keys));
        let kept = Kept::from_text("1123").unwrap();
        let (version, published) = (head.version, head.published);
        Tip { version, published, kept, head: Some(head), unknown_keys: HashMap::new() }
    }

    fn encode_head(head: &Head) -> Item {
        Tip { head: Some(Arc::new(head.clone())), ..tip(0) }.encode(&head.environment)
    }

    #[test]
    fn head_comes_back_as_it_was_written() {
        for keys in [0, 1, 20] {
            assert_eq!(decode(&encode_head(&head(keys))).unwrap(), head(keys));
        }
    }

    #[test]
    fn twenty_keys_fit_into_half_of_head() {
        let bytes = size(&encode_head(&head(20)));
        assert!((1_000..MAX_HEAD_BYTES / 2).contains(&bytes), "{bytes}");
    }

    #[test]
    fn an_attribute_that_is_missing_or_malformed_is_damage() {
        let whole = encode_head(&head(2));
        for name in ["version", "published", "config_etag", "bucketing", "codec", "chunks", "sha256", "keys"]
        {
            let mut item = whole.clone();
            item.remove(name);
            assert!(matches!(decode(&item), Err(StoreError::Damaged { .. })), "without {name}");
            item.insert(name.to_owned(), AttributeValue::Bool(true));
            assert!(matches!(decode(&item), Err(StoreError::Damaged { .. })), "with another {name}");
        }
        for (name, value) in [
            ("version", number(0)),
            ("version", AttributeValue::N("1.5".to_owned())),
            ("chunks", number(0)),
            ("chunks", number(9)),
            ("config_etag", text("")),
            ("config_etag", text("no hex")),
            ("bucketing", text("v9")),
            ("codec", text("lz4")),
            ("sha256", binary(&[1; 31])),
        ] {
            let mut item = whole.clone();
            item.insert(name.to_owned(), value.clone());
            assert!(matches!(decode(&item), Err(StoreError::Damaged { .. })), "{name} {value:?}");
        }
    }

    #[test]
    fn a_key_of_an_unknown_scope_opens_nothing_and_harms_nobody() {
        let mut item = encode_head(&head(2));
        let Some(AttributeValue::M(keys)) = item.get_mut("keys") else { panic!("no keys") };
        let Some(AttributeValue::M(record)) = keys.get_mut("kid00001") else { panic!("no key") };
        record.insert("scope".to_owned(), text("galaxy"));
        let environment = head(0).environment;
        let tip = decode_tip(&environment, &item).unwrap();
        let keys: Vec<_> = tip.head.as_ref().unwrap().keys.keys().collect();
        assert_eq!(keys, ["kid00000"]);
        assert_eq!(tip.encode(&environment), item);
    }

    #[test]
    fn a_malformed_key_is_damage() {
        for (name, value) in [("hash", binary(&[0; 8])), ("scope", number(1)), ("expires", text("never"))] {
            let mut item = encode_head(&head(2));
            let Some(AttributeValue::M(keys)) = item.get_mut("keys") else { panic!("no keys") };
            let Some(AttributeValue::M(record)) = keys.get_mut("kid00001") else { panic!("no key") };
            record.insert(name.to_owned(), value);
            assert!(matches!(decode(&item), Err(StoreError::Damaged { .. })), "{name}");
        }
    }

    #[test]
    fn attributes_of_a_later_version_are_ignored() {
        let mut item = encode_head(&head(1));
        item.insert("delta".to_owned(), text("{}"));
        assert_eq!(decode(&item).unwrap(), head(1));
    }

    #[test]
    fn what_a_writer_needs_comes_back_too() {
        let environment = head(0).environment;
        for tip in [tip(3), Tip { head: None, ..tip(0) }] {
            let item = tip.encode(&environment);
            let read = decode_tip(&environment, &item).unwrap();
            assert_eq!((read.version, read.published, &read.kept), (tip.version, tip.published, &tip.kept));
            assert_eq!(read.head, tip.head);
            for name in ["version", "published", "kept"] {
                let mut item = item.clone();
                item.insert(name.to_owned(), AttributeValue::Bool(true));
                assert!(decode_tip(&environment, &item).is_err(), "another {name}");
            }
        }
    }

    #[test]
    fn a_deleted_environment_is_none_for_readers() {
        let environment = head(0).environment;
        let item = Tip { head: None, ..tip(0) }.encode(&environment);
        assert!(decode_head(&environment, &item).unwrap().is_none());
    }
}
