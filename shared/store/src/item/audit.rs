//! Audit rows.

use aws_sdk_dynamodb::types::AttributeValue;
use pennon_domain::{
    Action, AuditEntry, Changed, EnvironmentId, EnvironmentKey, Kind, ProjectKey, StoreError, limits,
};
use serde::{Deserialize, Serialize};

use super::{Item, Key, PK, SK, as_number, binary, damaged, is_true, number, optional, text, text_of};
use crate::ulid;

/// Bytes of the packed changes. What is larger is cut, so that the row stays below the 400 KB of an item and the transaction
/// below 4 MB.
const MAX_CHANGES_BYTES: usize = 250 * 1024;
/// They are packed once, and read seldom.
const ZSTD_LEVEL: i32 = 9;

/// What was changed: the partition key of the index.
pub(crate) const SUBJECT: &str = "subject";
const ACTOR: &str = "actor";
const REQUEST_ID: &str = "request_id";
const ENVIRONMENT: &str = "environment";
const VERSION: &str = "version";
const ACTION: &str = "action";
const CHANGES: &str = "changes";
const TRUNCATED: &str = "truncated";

/// Where audit rows are.
pub(crate) struct AuditKey;

impl AuditKey {
    /// The partition of a project's changes in a month, `202611`.
    pub(crate) fn partition(project: &ProjectKey, month: u32) -> String {
        format!("P#{project}#{month:06}")
    }

    /// The key of a row; `None` if `id` is no identifier of one.
    pub(crate) fn row(project: &ProjectKey, id: &str) -> Option<Key> {
        let month = ulid::moment(id)?.month();
        Some(Key { pk: Self::partition(project, month), sk: id.to_owned() })
    }
}

/// The subject of the changes of one flag alone.
pub(crate) fn flag_subject(id: &EnvironmentId, flag: &str) -> String {
    single_subject(id.as_str(), Kind::Flag, flag)
}

/// The subject of the changes of several things at once in an environment.
pub(crate) fn several_subject(id: &EnvironmentId) -> String {
    id.to_string()
}

/// The environment of a row, where it has one.
pub(crate) fn environment_of(item: &Item) -> Option<&str> {
    text_of(item, ENVIRONMENT)
}

fn single_subject(scope: &str, kind: Kind, key: &str) -> String {
    let letter = match kind {
        Kind::Project => 'P',
        Kind::Environment => 'E',
        Kind::Flag => 'F',
        Kind::Segment => 'S',
        Kind::Member => 'M',
        Kind::Key => 'K',
    };
    format!("{scope}#{letter}#{key}")
}

/// An audit row. Changes that are too large lose their texts, and in the end the last of them.
pub(crate) fn encode_audit(entry: &AuditEntry) -> Result<Item, StoreError> {
    let key = AuditKey::row(&entry.project, &entry.id).ok_or_else(damaged("naming an audit row"))?;
    let (changes, truncated) = pack_all(&entry.changes)?;
    let mut item = key.item([
        (SUBJECT, AttributeValue::S(subject(entry))),
        (ACTOR, text(&entry.actor)),
        (REQUEST_ID, text(&entry.request_id)),
        (ACTION, text(entry.action.as_str())),
        (CHANGES, binary(&changes)),
    ]);
    let environment = entry.environment.as_ref().map(|key| (ENVIRONMENT, text(key.as_str())));
    let version = entry.version.map(|version| (VERSION, number(version)));
    let truncated = (truncated || entry.truncated).then_some((TRUNCATED, AttributeValue::Bool(true)));
    let members = [environment, version, truncated].into_iter().flatten();
    item.extend(members.map(|(name, value)| (name.to_owned(), value)));
    Ok(item)
}

/// An audit entry from its row.
pub(crate) fn decode_audit(item: &Item) -> Result<AuditEntry, StoreError> {
    let read = || {
        let id = text_of(item, SK)?;
        let (project, _) = text_of(item, PK)?.strip_prefix("P#")?.rsplit_once('#')?;
        let environment =
            optional(item, ENVIRONMENT, |value| value.as_s().ok()?.parse::<EnvironmentKey>().ok()).ok()?;
        Some(AuditEntry {
            id: id.to_owned(),
            at: ulid::moment(id)?,
            actor: text_of(item, ACTOR)?.to_owned(),
            request_id: text_of(item, REQUEST_ID)?.to_owned(),
            project: project.parse().ok()?,
            environment,
            version: optional(item, VERSION, as_number).ok()?,
            action: Action::from_name(text_of(item, ACTION)?)?,
            changes: unpack(item.get(CHANGES)?.as_b().ok()?.as_ref())?,
            truncated: is_true(item, TRUNCATED),
        })
    };
    read().ok_or_else(damaged("reading an audit row"))
}

fn subject(entry: &AuditEntry) -> String {
    let scope = match &entry.environment {
        Some(environment) => EnvironmentId::new(&entry.project, environment).to_string(),
        None => entry.project.to_string(),
    };
    match entry.changes.as_slice() {
        [Changed { kind, key, .. }] => single_subject(&scope, *kind, key),
        _ => scope,
    }
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    kind: &'a str,
    #[serde(borrow)]
    key: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    before: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    after: Option<std::borrow::Cow<'a, str>>,
}

/// The changes, and whether something had to be left out.
fn pack_all(changes: &[Changed]) -> Result<(Vec<u8>, bool), StoreError> {
    let whole = pack(changes, true)?;
    if whole.len() <= MAX_CHANGES_BYTES {
        return Ok((whole, false));
    }
    let mut kept = changes;
    loop {
        let names = pack(kept, false)?;
        if names.len() <= MAX_CHANGES_BYTES {
            return Ok((names, true));
        }
        kept = kept.split_at(kept.len() / 2).0;
    }
}

fn pack(changes: &[Changed], texts: bool) -> Result<Vec<u8>, StoreError> {
    let row = |change: &'_ Changed| Row {
        kind: change.kind.as_str(),
        key: change.key.clone().into(),
        before: change.before.clone().filter(|_| texts).map(Into::into),
        after: change.after.clone().filter(|_| texts).map(Into::into),
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    let failed = |source: std::io::Error| StoreError::Unavailable {
        context: "packing the changes",
        source: Some(source.into()),
    };
    let json = serde_json::to_vec(&rows).map_err(|error| failed(error.into()))?;
    zstd::bulk::compress(&json, ZSTD_LEVEL).map_err(failed)
}

fn unpack(packed: &[u8]) -> Option<Vec<Changed>> {
    // Before and after, each with everything escaped at worst.
    let json = zstd::bulk::decompress(packed, 4 * limits::MAX_DEFINITION_BYTES).ok()?;
    let rows: Vec<Row<'_>> = serde_json::from_slice(&json).ok()?;
    let changed = |row: Row<'_>| {
        Some(Changed {
            kind: Kind::from_name(row.kind)?,
            key: row.key.into_owned(),
            before: row.before.map(std::borrow::Cow::into_owned),
            after: row.after.map(std::borrow::Cow::into_owned),
        })
    };
    rows.into_iter().map(changed).collect()
}

#[cfg(test)]
mod tests {
    use pennon_domain::Timestamp;

    use super::*;

    fn changed(kind: Kind, key: &str, bytes: usize) -> Changed {
        let noise: String = (0..bytes).map(|_| fastrand::alphanumeric()).collect();
        Changed { kind, key: key.to_owned(), before: None, after: Some(format!("\"{noise}\"")) }
    }

    fn entry(changes: Vec<Changed>) -> AuditEntry {
        let at = Timestamp::from_millis(1_795_000_000_000);
        AuditEntry {
            id: ulid::ulid(at),
            at,
            actor: "ada".to_owned(),
            request_id: "r-1".to_owned(),
            project: "shop".parse().unwrap(),
            environment: Some("production".parse().unwrap()),
            version: Some(7),
            action: Action::FlagPut,
            changes,
            truncated: false,
        }
    }

    #[test]
    fn an_entry_is_read_back() {
        let whole = entry(vec![changed(Kind::Flag, "new \"cart\"", 10), changed(Kind::Segment, "s", 3)]);
        let bare = AuditEntry { environment: None, version: None, ..entry(Vec::new()) };
        for entry in [whole, bare] {
            assert_eq!(decode_audit(&encode_audit(&entry).unwrap()).unwrap(), entry);
        }
        let whole = encode_audit(&entry(Vec::new())).unwrap();
        for name in [PK, SK, ACTOR, REQUEST_ID, ACTION, CHANGES] {
            let mut item = whole.clone();
            item.remove(name);
            assert!(decode_audit(&item).is_err(), "without {name}");
        }
    }

    #[test]
    fn the_subject_is_what_was_changed_if_it_was_one_thing() {
        let subject = |changes| encode_audit(&entry(changes)).unwrap()[SUBJECT].as_s().unwrap().clone();
        assert_eq!(subject(vec![changed(Kind::Flag, "a", 1)]), "shop.production#F#a");
        assert_eq!(subject(vec![changed(Kind::Key, "k", 1)]), "shop.production#K#k");
        assert_eq!(
            subject(vec![changed(Kind::Flag, "a", 1), changed(Kind::Flag, "b", 1)]),
            "shop.production"
        );
        assert_eq!(subject(vec![]), "shop.production");
    }

    #[test]
    fn large_changes_lose_their_texts_and_keep_their_names() {
        let changes: Vec<_> = (0..100).map(|n| changed(Kind::Flag, &format!("f{n}"), 4_000)).collect();
        let item = encode_audit(&entry(changes.clone())).unwrap();
        assert!(super::super::size(&item) < 300 * 1024);
        let read = decode_audit(&item).unwrap();
        assert!(read.truncated && read.changes.iter().all(|change| change.after.is_none()));
        let keys = |changes: &[Changed]| changes.iter().map(|change| change.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&read.changes), keys(&changes));
    }

    #[test]
    fn more_names_than_fit_are_cut() {
        let name = || (0..256).map(|_| fastrand::alphanumeric()).collect::<String>();
        let changes: Vec<_> = (0..limits::MAX_FLAGS).map(|_| changed(Kind::Flag, &name(), 1)).collect();
        let item = encode_audit(&entry(changes)).unwrap();
        assert!(super::super::size(&item) < 300 * 1024);
        let read = decode_audit(&item).unwrap();
        assert!(read.truncated && !read.changes.is_empty());
    }
}
