//! What several requests have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::RequestError;
use crate::protocol::cbor::Encoder;
use crate::protocol::item::NonKeyAttributes;
use crate::protocol::key::{Attributes, KeySchema};
use crate::protocol::lookup::{Lookups, Metadata};
use crate::protocol::value::EncodeError;

/// A parameter that must be there.
pub(super) fn required<T>(parameter: &'static str, value: Option<T>) -> Result<T, RequestError> {
    value.ok_or(RequestError::Missing(parameter))
}

/// Checks how many entries a list or map has.
pub(super) fn check_length(parameter: &'static str, length: usize, max: usize) -> Result<(), RequestError> {
    match length {
        0 => Err(RequestError::Empty(parameter)),
        _ if length > max => Err(RequestError::TooMany { parameter, max }),
        _ => Ok(()),
    }
}

/// Refuses parameters that the protocol has no place for.
pub(super) fn refuse<const N: usize>(parameters: [(&'static str, bool); N]) -> Result<(), RequestError> {
    match parameters.into_iter().find(|(_, given)| *given) {
        Some((parameter, _)) => Err(RequestError::Unsupported(parameter)),
        None => Ok(()),
    }
}

/// Whether a write asks for the item that made its condition fail.
pub(super) fn wants_failed_item(value: Option<&ReturnValuesOnConditionCheckFailure>) -> bool {
    value.is_some_and(|value| *value != ReturnValuesOnConditionCheckFailure::None)
}

/// The primary key of a table.
pub(super) fn key_schema(metadata: &dyn Metadata, table: &str) -> Result<Arc<KeySchema>, RequestError> {
    let mut lookups = Lookups::new(metadata);
    let schema = lookups.key_schema(table);
    lookups.finish(schema).map_err(RequestError::Lookups)
}

/// The primary keys of several tables.
pub(super) fn key_schemas<'a>(
    metadata: &dyn Metadata,
    tables: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, Arc<KeySchema>>, RequestError> {
    let mut lookups = Lookups::new(metadata);
    let mut schemas = BTreeMap::new();
    for table in tables {
        if let Some(schema) = lookups.key_schema(table) {
            schemas.insert(table.to_owned(), schema);
        }
    }
    lookups.finish(Some(schemas)).map_err(RequestError::Lookups)
}

/// The bytes of a key, which must have the attributes of the schema and no other.
pub(super) fn key_bytes(schema: &KeySchema, key: &Attributes) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    schema.encode_key(key, &mut bytes)?;
    Ok(bytes)
}

/// An item in its two parts.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The bytes of its key.
    pub(super) key: Vec<u8>,
    others: NonKeyAttributes<'a>,
    /// The id of the list of the others' names.
    list: i64,
}

impl<'a> Item<'a> {
    /// Splits an item. `None` if the id of its list must be looked up.
    pub(super) fn split(
        item: &'a Attributes,
        schema: &KeySchema,
        lookups: &mut Lookups<'_>,
    ) -> Result<Option<Self>, EncodeError> {
        let mut key = Vec::new();
        schema.encode_key_of(item, &mut key)?;
        let others = NonKeyAttributes::of(item, schema);
        let names: Vec<_> = others.names().collect();
        Ok(lookups.attribute_list_id(&names).map(|list| Self { key, others, list }))
    }

    /// Appends what is not the key.
    pub(super) fn encode_others(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.others.encode(self.list, out)
    }
}

/// Where a page begins: the bytes of a key, or of a position in an index.
pub(super) fn start_key(
    schema: &KeySchema,
    index: Option<&str>,
    key: Option<&Attributes>,
) -> Result<Option<Vec<u8>>, EncodeError> {
    let Some(key) = key else { return Ok(None) };
    if index.is_none() {
        return key_bytes(schema, key).map(Some);
    }
    let mut bytes = Vec::new();
    schema.encode_compound(key, &mut bytes)?;
    Ok(Some(bytes))
}
