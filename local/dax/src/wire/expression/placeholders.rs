//! The names and values of the expressions of a request.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::DecodeError;

use super::reader::Reader;

type Names = HashMap<String, String>;
type Values = HashMap<String, AttributeValue>;

/// Gives names and values their placeholders.
#[derive(Debug, Default)]
pub(in super::super) struct Placeholders {
    /// Placeholders by name.
    names: HashMap<String, String>,
    values: Values,
    /// Values of the expressions that were read, used or not.
    counted: usize,
}

impl Placeholders {
    /// A condition, a filter or a key condition as text.
    pub(in super::super) fn condition(&mut self, blob: Option<&[u8]>) -> Result<Option<String>, DecodeError> {
        blob.map(|blob| Reader::read(blob, self, Reader::condition)).transpose()
    }

    /// An update as text.
    pub(in super::super) fn update(&mut self, blob: Option<&[u8]>) -> Result<Option<String>, DecodeError> {
        blob.map(|blob| Reader::read(blob, self, Reader::update)).transpose()
    }

    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`: DynamoDB refuses them empty.
    pub(in super::super) fn into_maps(self) -> (Option<Names>, Option<Values>) {
        let names: Names = self.names.into_iter().map(|(name, placeholder)| (placeholder, name)).collect();
        (Some(names).filter(|names| !names.is_empty()), Some(self.values).filter(|values| !values.is_empty()))
    }

    /// What stands for a name.
    pub(in super::super) fn name(&mut self, name: &str) -> &str {
        let next = self.names.len();
        self.names.entry(name.to_owned()).or_insert_with(|| format!("#n{next}"))
    }

    /// What stands for the value at `position` of the expression that is being read.
    pub(super) fn value(&self, position: usize) -> String {
        format!(":v{}", self.counted.saturating_add(position))
    }

    /// Ends an expression: `values` are all it has, and those at `used` are in its text.
    pub(super) fn define(&mut self, values: Vec<AttributeValue>, used: &[usize]) -> Result<(), DecodeError> {
        let count = values.len();
        if used.iter().any(|&position| position >= count) {
            return Err(DecodeError::Malformed("a value of an expression"));
        }
        for (position, value) in values.into_iter().enumerate() {
            if used.contains(&position) {
                self.values.insert(self.value(position), value);
            }
        }
        self.counted += count;
        Ok(())
    }
}
