//! The shape of the items in the `core` table: their keys, and HEAD as attributes.
//!
//! Reading is strict: an item that this version would not have written is damaged, not guessed at. Two exceptions let older
//! and newer versions live side by side: attributes that are not known are ignored, and a key whose scope is not known
//! is left out, so that it opens nothing.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use pennon_domain::{EnvironmentId, Head, KeyRecord, Scope, StoreError, Timestamp, limits};

/// The attributes of an item, by name.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The partition key attribute.
pub(crate) const PK: &str = "pk";
/// The sort key attribute.
pub(crate) const SK: &str = "sk";
/// The version attribute of HEAD: what a publisher's condition compares.
pub(crate) const VERSION: &str = "version";
/// Bytes of HEAD: one unit of a strongly consistent read.
pub(crate) const MAX_HEAD_BYTES: usize = 4096;

/// How snapshots are packed. There is one codec; the attribute is there so that a second can be told apart.
const CODEC: &str = "zstd";
const DATA: &str = "data";

/// The partition and sort key of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    /// HEAD of an environment.
    pub(crate) fn head(environment: &EnvironmentId) -> Self {
        Self { pk: format!("H#{environment}"), sk: "HEAD".to_owned() }
    }

    /// A chunk of a snapshot. Each version has a partition of its own, so that a reload spreads over the table.
    pub(crate) fn chunk(environment: &EnvironmentId, version: u64, index: u32) -> Self {
        Self { pk: format!("SNAP#{environment}#{version}"), sk: format!("C#{index:03}") }
    }

    /// An item that never exists (no environment has an empty name), to find out whether the table answers.
    pub(crate) fn probe() -> Self {
        Self { pk: "H#".to_owned(), sk: "PROBE".to_owned() }
    }

    /// The item with this key and those attributes.
    fn item<const N: usize>(self, attributes: [(&str, AttributeValue); N]) -> Item {
        let keys = [(PK, AttributeValue::S(self.pk)), (SK, AttributeValue::S(self.sk))];
        keys.into_iter().chain(attributes).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// HEAD as an item.
pub(crate) fn encode_head(head: &Head) -> Item {
    let keys = head.keys.iter().map(|(kid, record)| (kid.clone(), encode_key(record))).collect();
    Key::head(&head.environment).item([
        (VERSION, number(head.version)),
        ("published", number(head.published.as_millis())),
        ("config_etag", AttributeValue::S(head.config_etag.clone())),
        ("bucketing", text(head.bucketing.as_str())),
        ("codec", text(CODEC)),
        ("chunks", number(head.chunks.into())),
        ("sha256", binary(&head.sha256)),
        ("keys", AttributeValue::M(keys)),
    ])
}

/// HEAD from an item.
pub(crate) fn decode_head(environment: &EnvironmentId, item: &Item) -> Result<Head, StoreError> {
    let damaged = || StoreError::Damaged { context: "reading HEAD", source: None };
    read_head(environment, item).ok_or_else(damaged)
}

/// A chunk as an item.
pub(crate) fn encode_chunk(environment: &EnvironmentId, version: u64, index: u32, data: &[u8]) -> Item {
    Key::chunk(environment, version, index).item([(DATA, binary(data))])
}

/// The data of a chunk from an item.
pub(crate) fn decode_chunk(mut item: Item) -> Result<Vec<u8>, StoreError> {
    match item.remove(DATA) {
        Some(AttributeValue::B(data)) => Ok(data.into_inner()),
        _ => Err(StoreError::Damaged { context: "reading a snapshot chunk", source: None }),
    }
}

/// What DynamoDB counts an item as, in bytes: names and values, with its overhead for maps.
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // One byte for two digits and one more; two more never count too little.
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::B(data) => data.as_ref().len(),
        AttributeValue::M(members) => 3 + members.len() + size(members),
        _ => 1,
    }
}

fn read_head(environment: &EnvironmentId, item: &Item) -> Option<Head> {
    if item.get("codec")?.as_s().ok()? != CODEC {
        return None;
    }
    let version = read_number(item.get(VERSION)?)?;
    let chunks = u32::try_from(read_number(item.get("chunks")?)?).ok()?;
    let in_range = version >= 1 && (1..=limits::MAX_CHUNKS).contains(&usize::try_from(chunks).ok()?);
    let config_etag = item.get("config_etag")?.as_s().ok()?;
    let is_etag = !config_etag.is_empty() && config_etag.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !in_range || !is_etag {
        return None;
    }
    Some(Head {
        environment: environment.clone(),
        version,
        published: Timestamp::from_millis(read_number(item.get("published")?)?),
        config_etag: config_etag.clone(),
        bucketing: item.get("bucketing")?.as_s().ok()?.parse().ok()?,
        chunks,
        sha256: read_digest(item.get("sha256")?)?,
        keys: read_keys(item.get("keys")?)?,
    })
}

fn read_keys(value: &AttributeValue) -> Option<BTreeMap<String, KeyRecord>> {
    let mut keys = BTreeMap::new();
    for (kid, value) in value.as_m().ok()? {
        let record = value.as_m().ok()?;
        let Some(scope) = Scope::from_name(record.get("scope")?.as_s().ok()?) else { continue };
        let expires = match record.get("expires") {
            Some(value) => Some(Timestamp::from_millis(read_number(value)?)),
            None => None,
        };
        keys.insert(kid.clone(), KeyRecord { hash: read_digest(record.get("hash")?)?, scope, expires });
    }
    Some(keys)
}

fn encode_key(record: &KeyRecord) -> AttributeValue {
    let mut members = HashMap::from([
        ("hash".to_owned(), binary(&record.hash)),
        ("scope".to_owned(), text(record.scope.as_str())),
    ]);
    if let Some(expires) = record.expires {
        members.insert("expires".to_owned(), number(expires.as_millis()));
    }
    AttributeValue::M(members)
}

fn read_number(value: &AttributeValue) -> Option<u64> {
    value.as_n().ok()?.parse().ok()
}

fn read_digest(value: &AttributeValue) -> Option<[u8; 32]> {
    value.as_b().ok()?.as_ref().try_into().ok()
}

/// A number as an attribute.
pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

#[cfg(test)]
mod tests {
    use pennon_domain::Bucketing;

    use super::*;

    fn head(keys: usize) -> Head {
        let record = |index: usize| KeyRecord {
            hash: [u8::try_from(index).unwrap(); 32],
            scope: Scope::Server,
            expires: (index % 2 == 1).then(|| Timestamp::from_millis(1_800_000_000_000)),
        };
        Head {
            environment: "shop-production".parse().unwrap(),
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
        decode_head(&head(0).environment, item)
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
        let read = decode(&item).unwrap();
        assert_eq!(read.keys.keys().collect::<Vec<_>>(), ["kid00000"]);
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
    fn chunks_sort_in_their_order() {
        let environment = "e".parse().unwrap();
        assert_eq!(Key::chunk(&environment, 12, 7), Key { pk: "SNAP#e#12".into(), sk: "C#007".into() });
    }
}
