//! The arguments of a call, one after another.

use std::borrow::Cow;
use std::sync::Arc;

use aws_sdk_dynamodb::error::BuildError;
use dax_client::protocol::cbor::{DecodeError, Decoder};
use dax_client::protocol::error::ErrorKind;
use dax_client::protocol::item::StoredItem;
use dax_client::protocol::key::{Attributes, KeySchema};
use dax_client::protocol::lookup::{Lookup, Lookups, Metadata};

use super::super::call::read_name;
use super::super::{CallError, refusal};
use super::parameters::Parameters;

/// What DynamoDB says to a key that has other attributes than the table's.
const FOREIGN_KEY: &str = "The provided key element does not match the schema";

pub(super) struct Arguments<'a, 'm> {
    pub(super) decoder: Decoder<'a>,
    metadata: &'m dyn Metadata,
}

impl<'a, 'm> Arguments<'a, 'm> {
    pub(super) fn new(arguments: &'a [u8], metadata: &'m dyn Metadata) -> Self {
        Self { decoder: Decoder::new(arguments), metadata }
    }

    /// The name of a table.
    pub(super) fn table(&mut self) -> Result<String, DecodeError> {
        read_name(&mut self.decoder)
    }

    /// A byte string: a key, an item, an expression.
    pub(super) fn bytes(&mut self) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.decoder.bytes()
    }

    /// The parameters, which come last.
    pub(super) fn parameters(&mut self) -> Result<Parameters<'a>, CallError> {
        let parameters = Parameters::decode(&mut self.decoder)?;
        self.decoder.finish()?;
        Ok(parameters)
    }

    /// An array that has an entry for each part of a transaction. A `null` is an empty one.
    pub(super) fn column<T, E: From<DecodeError>>(
        &mut self,
        mut read: impl FnMut(&mut Decoder<'a>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut column = Vec::new();
        if self.decoder.take_null()? {
            return Ok(column);
        }
        let mut entries = self.decoder.array()?;
        while entries.next(&mut self.decoder)? {
            column.push(read(&mut self.decoder)?);
        }
        Ok(column)
    }

    /// The primary key of a table.
    pub(super) fn schema(&self, table: &str) -> Result<Arc<KeySchema>, CallError> {
        let unknown = || CallError::Lookups(vec![Lookup::KeySchema(table.to_owned())]);
        self.metadata.key_schema(table).ok_or_else(unknown)
    }

    /// The primary keys of several tables, in their order.
    pub(super) fn schemas<'t>(
        &self,
        tables: impl IntoIterator<Item = &'t str>,
    ) -> Result<Vec<Arc<KeySchema>>, CallError> {
        let mut lookups = self.lookups();
        let schemas = tables.into_iter().filter_map(|table| lookups.key_schema(table)).collect();
        finish(lookups, schemas)
    }

    pub(super) fn lookups(&self) -> Lookups<'m> {
        Lookups::new(self.metadata)
    }

    /// An item out of its two parts.
    pub(super) fn item(
        &self,
        schema: &KeySchema,
        key: &[u8],
        content: &[u8],
    ) -> Result<Attributes, CallError> {
        let mut lookups = self.lookups();
        let item = item(schema, key, content, &mut lookups)?;
        finish(lookups, item.unwrap_or_default())
    }
}

/// The value, if nothing is open that it would need.
pub(super) fn finish<T>(lookups: Lookups<'_>, value: T) -> Result<T, CallError> {
    lookups.finish(Some(value)).map_err(CallError::Lookups)
}

/// The attributes of a key.
pub(super) fn key(schema: &KeySchema, bytes: &[u8]) -> Result<Attributes, CallError> {
    schema.decode_key(bytes).map_err(|_| refusal(ErrorKind::Validation, FOREIGN_KEY).into())
}

/// An item out of its two parts. `None` if its list must be looked up.
pub(super) fn item(
    schema: &KeySchema,
    key_bytes: &[u8],
    content: &[u8],
    lookups: &mut Lookups<'_>,
) -> Result<Option<Attributes>, CallError> {
    let others = StoredItem::parse(content)?;
    let Some(names) = lookups.attribute_list(others.list()) else { return Ok(None) };
    let mut item = others.attributes(&names)?;
    item.extend(key(schema, key_bytes)?);
    Ok(Some(item))
}

/// The bytes of a key in their one form. Clients differ in how they write numbers.
pub(super) fn canonical(schema: &KeySchema, attributes: &Attributes) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    schema
        .encode_key_of(attributes, &mut bytes)
        .map_err(|error| refusal(ErrorKind::Validation, &error.to_string()))?;
    Ok(bytes)
}

/// Something that the SDK's types need is not in the call.
pub(super) fn incomplete(_: BuildError) -> CallError {
    DecodeError::Malformed("a call that lacks something").into()
}
