//! SDK keys, as they are managed. What opens the environment is in HEAD.

use pennon_domain::{EnvironmentId, KeyInfo, Scope, StoreError, Timestamp};

use super::{Item, Key, SK, as_number, damaged, moment, moment_of, optional, text, text_of};

const NAME: &str = "name";
const SCOPE: &str = "scope";
const CREATED: &str = "created";
const CREATED_BY: &str = "created_by";
const EXPIRES: &str = "expires";

impl Key {
    /// The partition of an environment's SDK keys.
    pub(crate) fn key_partition(id: &EnvironmentId) -> String {
        format!("E#{id}")
    }

    /// The sort key of an SDK key, or of where a list goes on.
    pub(crate) fn key_sort_key(kid: &str) -> String {
        format!("K#{kid}")
    }

    /// An SDK key.
    pub(crate) fn sdk_key(id: &EnvironmentId, kid: &str) -> Self {
        Self { pk: Self::key_partition(id), sk: Self::key_sort_key(kid) }
    }
}

/// An SDK key as an item.
pub(crate) fn encode_key_info(id: &EnvironmentId, info: &KeyInfo) -> Item {
    let KeyInfo { kid, name, scope, created, created_by, expires } = info;
    let mut item = Key::sdk_key(id, kid).item([
        (NAME, text(name)),
        (SCOPE, text(scope.as_str())),
        (CREATED, moment(*created)),
        (CREATED_BY, text(created_by)),
    ]);
    if let Some(expires) = expires {
        item.insert(EXPIRES.to_owned(), moment(*expires));
    }
    item
}

/// An SDK key from an item. `None`: one of a scope that this version does not know.
pub(crate) fn decode_key_info(item: &Item) -> Result<Option<KeyInfo>, StoreError> {
    let scope = text_of(item, SCOPE).ok_or_else(damaged("reading an SDK key"))?;
    let Some(scope) = Scope::from_name(scope) else { return Ok(None) };
    let read = || {
        Some(KeyInfo {
            kid: text_of(item, SK)?.strip_prefix("K#")?.to_owned(),
            name: text_of(item, NAME)?.to_owned(),
            scope,
            created: moment_of(item, CREATED)?,
            created_by: text_of(item, CREATED_BY)?.to_owned(),
            expires: optional(item, EXPIRES, as_number).ok()?.map(Timestamp::from_millis),
        })
    };
    read().map(Some).ok_or_else(damaged("reading an SDK key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back() {
        let id = "shop.production".parse().unwrap();
        for expires in [None, Some(Timestamp::from_millis(1_800_000_000_000))] {
            let info = KeyInfo {
                kid: "k1".to_owned(),
                name: "Checkout".to_owned(),
                scope: Scope::Client,
                created: Timestamp::from_millis(1_795_000_000_000),
                created_by: "ada".to_owned(),
                expires,
            };
            let item = encode_key_info(&id, &info);
            assert_eq!(decode_key_info(&item).unwrap(), Some(info));
            for name in [SK, NAME, SCOPE, CREATED, CREATED_BY] {
                let mut item = item.clone();
                item.remove(name);
                assert!(decode_key_info(&item).is_err(), "without {name}");
            }
            let galaxy = item.into_iter().chain([(SCOPE.to_owned(), text("galaxy"))]).collect();
            assert_eq!(decode_key_info(&galaxy).unwrap(), None);
        }
    }
}
