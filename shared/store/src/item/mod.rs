//! The shape of the items in the tables: their keys, and what they hold as attributes.
//!
//! Reading is strict: an item that this version would not have written is damaged, not guessed at. Two exceptions let older
//! and newer versions live side by side: attributes that are not known are ignored, and a key whose scope is not known
//! opens nothing, but is kept.

mod answer;
mod audit;
mod chunk;
mod environment;
mod head;
mod kept;
mod key;
mod project;

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use pennon_domain::{EnvironmentId, StoreError, Timestamp};

pub(crate) use answer::{AnswerRow, TTL};
pub(crate) use audit::{
    AuditKey, SUBJECT, decode_audit, encode_audit, environment_of, flag_subject, several_subject,
};
pub(crate) use chunk::{chunk_data, chunk_sort_key, decode_manifest, encode_chunk};
pub(crate) use environment::EnvironmentRow;
pub(crate) use head::{MAX_HEAD_BYTES, Tip, VERSION, decode_head, decode_tip};
pub(crate) use kept::{Kept, OldVersion};
pub(crate) use key::{decode_key_info, encode_key_info};
pub(crate) use project::{ENVIRONMENTS, PROJECTS, ProjectRow};

/// The attributes of an item, by name.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The partition key attribute.
pub(crate) const PK: &str = "pk";
/// The sort key attribute.
pub(crate) const SK: &str = "sk";
/// The revision attribute of projects and environments: what the condition of a change compares.
pub(crate) const REV: &str = "rev";

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
        Self { pk: format!("SNAP#{environment}#{version}"), sk: chunk_sort_key(index) }
    }

    /// An item that never exists (no environment has an empty name), to find out whether the table answers.
    pub(crate) fn probe() -> Self {
        Self { pk: "H#".to_owned(), sk: "PROBE".to_owned() }
    }

    /// The item with this key and those attributes.
    fn item<const N: usize>(self, attributes: [(&str, AttributeValue); N]) -> Item {
        let mut item = self.attributes();
        item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
        item
    }

    /// The key as the attributes of an item.
    pub(crate) fn attributes(self) -> Item {
        Item::from([(PK.to_owned(), AttributeValue::S(self.pk)), (SK.to_owned(), AttributeValue::S(self.sk))])
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

/// A number as an attribute.
pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn moment(moment: Timestamp) -> AttributeValue {
    number(moment.as_millis())
}

fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

fn as_number(value: &AttributeValue) -> Option<u64> {
    value.as_n().ok()?.parse().ok()
}

fn as_digest(value: &AttributeValue) -> Option<[u8; 32]> {
    value.as_b().ok()?.as_ref().try_into().ok()
}

/// The text of an attribute that has to be there.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(crate) fn number_of(item: &Item, name: &str) -> Option<u64> {
    as_number(item.get(name)?)
}

fn moment_of(item: &Item, name: &str) -> Option<Timestamp> {
    number_of(item, name).map(Timestamp::from_millis)
}

/// An attribute is there and is not what it should be.
#[derive(Clone, Copy, Debug)]
struct Malformed;

/// An attribute that may be absent.
fn optional<'i, T>(
    item: &'i Item,
    name: &str,
    read: impl FnOnce(&'i AttributeValue) -> Option<T>,
) -> Result<Option<T>, Malformed> {
    let Some(value) = item.get(name) else { return Ok(None) };
    read(value).map(Some).ok_or(Malformed)
}

fn is_true(item: &Item, name: &str) -> bool {
    matches!(item.get(name), Some(AttributeValue::Bool(true)))
}

/// The error of an item that this version would not have written.
fn damaged(context: &'static str) -> impl FnOnce() -> StoreError {
    move || StoreError::Damaged { context, source: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_sort_in_their_order() {
        let environment = "e.e".parse().unwrap();
        assert_eq!(Key::chunk(&environment, 12, 7), Key { pk: "SNAP#e.e#12".into(), sk: "C#007".into() });
    }
}
