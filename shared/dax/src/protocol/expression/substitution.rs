//! `ExpressionAttributeNames` and `ExpressionAttributeValues` of one request.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use super::ast::{Name, Value};
use super::error::{ExpressionError, Kind};
use super::lexer::is_name_character;

const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";

/// Looks names and values up, and remembers which nobody asked for.
///
/// All expressions of a request share one: a name may be used by its filter and by its projection.
#[derive(Debug)]
pub struct Substitutions<'a> {
    names: Option<&'a HashMap<String, String>>,
    values: Option<&'a HashMap<String, AttributeValue>>,
    unused_names: BTreeSet<&'a str>,
    unused_values: BTreeSet<&'a str>,
}

impl<'a> Substitutions<'a> {
    /// Takes the two maps of a request, if their keys can be used at all.
    pub fn new(
        names: Option<&'a HashMap<String, String>>,
        values: Option<&'a HashMap<String, AttributeValue>>,
    ) -> Result<Self, ExpressionError> {
        let substitutions = Self {
            names,
            values,
            unused_names: names.into_iter().flatten().map(|(key, _)| key.as_str()).collect(),
            unused_values: values.into_iter().flatten().map(|(key, _)| key.as_str()).collect(),
        };
        check_keys(NAMES, '#', names.is_some(), &substitutions.unused_names)?;
        check_keys(VALUES, ':', values.is_some(), &substitutions.unused_values)?;
        if let Some((key, _)) = names.into_iter().flatten().find(|(_, name)| name.is_empty()) {
            return Err(ExpressionError::EmptyName(key.clone()));
        }
        Ok(substitutions)
    }

    /// The name that is meant.
    pub fn name<'b>(&mut self, kind: Kind, name: Name<'b>) -> Result<&'b str, ExpressionError>
    where
        'a: 'b,
    {
        let alias = match name {
            Name::Literal(name) => return Ok(name),
            Name::Alias(alias) => alias,
        };
        let Some(name) = self.names.and_then(|names| names.get(alias)) else {
            return Err(ExpressionError::UndefinedName { kind, name: alias.to_owned() });
        };
        self.unused_names.remove(alias);
        Ok(name)
    }

    /// The value that is meant, and its key.
    pub fn value(
        &mut self,
        kind: Kind,
        value: Value<'_>,
    ) -> Result<(&'a str, &'a AttributeValue), ExpressionError> {
        let Some((key, found)) = self.values.and_then(|values| values.get_key_value(value.0)) else {
            return Err(ExpressionError::UndefinedValue { kind, name: value.0.to_owned() });
        };
        self.unused_values.remove(value.0);
        Ok((key, found))
    }

    /// Ends the request: whatever was given must have been used. `expressions` says whether there was any expression.
    pub fn finish(self, expressions: bool) -> Result<(), ExpressionError> {
        if !expressions && (self.names.is_some() || self.values.is_some()) {
            return Err(ExpressionError::NoExpression(if self.names.is_some() { NAMES } else { VALUES }));
        }
        if !self.unused_names.is_empty() {
            return Err(ExpressionError::UnusedNames(join(&self.unused_names)));
        }
        if !self.unused_values.is_empty() {
            return Err(ExpressionError::UnusedValues(join(&self.unused_values)));
        }
        Ok(())
    }
}

fn check_keys(
    map: &'static str,
    sign: char,
    given: bool,
    keys: &BTreeSet<&str>,
) -> Result<(), ExpressionError> {
    if given && keys.is_empty() {
        return Err(ExpressionError::EmptyMap(map));
    }
    let valid = |key: &str| {
        key.strip_prefix(sign).is_some_and(|name| !name.is_empty() && name.chars().all(is_name_character))
    };
    match keys.iter().find(|key| !valid(key)) {
        Some(key) => Err(ExpressionError::InvalidKey { map, key: (*key).to_owned() }),
        None => Ok(()),
    }
}

fn join(keys: &BTreeSet<&str>) -> String {
    keys.iter().copied().collect::<Vec<_>>().join(", ")
}
