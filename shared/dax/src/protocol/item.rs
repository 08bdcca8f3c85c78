//! Items: what travels of them besides their keys.
//!
//! An item is stored as a list id and the values of the attributes on that list. The server keeps what names a list
//! has. A projected item is instead a map from the positions of its paths in the projection to their values.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use super::cbor::{DecodeError, Decoder, Encoder};
use super::expression::{DocumentPath, PathStep};
use super::key::{Attributes, KeySchema};
use super::value::{self, EncodeError, MAX_NESTING};

/// The id of the list without names. The server is never asked for it.
pub const EMPTY_LIST: i64 = 1;

const PROJECTED: DecodeError = DecodeError::Malformed("a projected item");

/// The attributes of an item that are not its key, in the order of their names: so equal sets of names are equal lists.
#[derive(Debug)]
pub struct NonKeyAttributes<'a> {
    sorted: Vec<(&'a str, &'a AttributeValue)>,
}

impl<'a> NonKeyAttributes<'a> {
    /// What `item` has besides the attributes of the key.
    pub fn of(item: &'a Attributes, schema: &KeySchema) -> Self {
        let attributes = item.iter().map(|(name, value)| (name.as_str(), value));
        let mut sorted: Vec<_> = attributes.filter(|(name, _)| !schema.contains(name)).collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        Self { sorted }
    }

    /// The names on the list. If there are none, the id of the list is [`EMPTY_LIST`].
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'a str> {
        self.sorted.iter().map(|(name, _)| *name)
    }

    /// Appends the list's id and the values, as one byte string.
    pub fn encode(&self, list: i64, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encoder.nested(|encoder| {
            encoder.int(list);
            self.sorted.iter().try_for_each(|(_, value)| value::encode(encoder, value))
        })?;
        Ok(())
    }
}

/// An item whose names are to be looked up.
#[derive(Debug, Clone)]
pub struct StoredItem<'a> {
    list: i64,
    values: Decoder<'a>,
}

impl<'a> StoredItem<'a> {
    /// Takes what the byte string of an item holds.
    pub fn parse(content: &'a [u8]) -> Result<Self, DecodeError> {
        let mut values = Decoder::new(content);
        Ok(Self { list: values.int()?, values })
    }

    /// The id of the list with its names.
    pub fn list(&self) -> i64 {
        self.list
    }

    /// The attributes besides the key, if `names` are those of the list.
    ///
    /// An error may mean that they are not, and should not be remembered.
    pub fn attributes<S: AsRef<str>>(mut self, names: &[S]) -> Result<Attributes, DecodeError> {
        let mut attributes = HashMap::with_capacity(names.len());
        for name in names {
            attributes.insert(name.as_ref().to_owned(), value::decode(&mut self.values)?);
        }
        self.values.finish()?;
        Ok(attributes)
    }

    /// The attributes that an update touched: here the values are in a map whose keys are positions in the list.
    pub fn updated_attributes<S: AsRef<str>>(mut self, names: &[S]) -> Result<Attributes, DecodeError> {
        let mut items = self.values.map()?;
        let mut attributes = HashMap::with_capacity(items.capacity());
        while items.next(&mut self.values)? {
            let name = at(names, self.values.unsigned()?).ok_or(DecodeError::Malformed("an updated item"))?;
            attributes.insert(name.as_ref().to_owned(), value::decode(&mut self.values)?);
        }
        self.values.finish()?;
        Ok(attributes)
    }
}

/// Reads a projected item and puts it together.
///
/// As with DynamoDB, elements of a list move up: of `list[3], list[1]` comes a list of two, in the order of the indexes.
pub fn decode_projected(
    decoder: &mut Decoder<'_>,
    paths: &[DocumentPath],
) -> Result<Attributes, DecodeError> {
    let mut item = BTreeMap::new();
    let mut items = decoder.map()?;
    while items.next(decoder)? {
        let path = at(paths, decoder.unsigned()?).ok_or(PROJECTED)?;
        insert(&mut item, path, value::decode(decoder)?)?;
    }
    Ok(item.into_iter().map(|(name, part)| (name, part.into_value())).collect())
}

/// A part of a projected item.
enum Part {
    Value(AttributeValue),
    Map(BTreeMap<String, Part>),
    List(BTreeMap<u64, Part>),
}

impl Part {
    /// What has to be there for `rest` of a path to lead into it.
    fn for_path(rest: &[PathStep]) -> Self {
        match rest.first() {
            None => Self::Value(AttributeValue::Null(true)),
            Some(PathStep::Member(_)) => Self::Map(BTreeMap::new()),
            Some(PathStep::Index(_)) => Self::List(BTreeMap::new()),
        }
    }

    fn into_value(self) -> AttributeValue {
        match self {
            Self::Value(value) => value,
            Self::Map(members) => {
                AttributeValue::M(members.into_iter().map(|(name, part)| (name, part.into_value())).collect())
            }
            Self::List(elements) => AttributeValue::L(elements.into_values().map(Self::into_value).collect()),
        }
    }
}

fn insert(
    item: &mut BTreeMap<String, Part>,
    path: &DocumentPath,
    value: AttributeValue,
) -> Result<(), DecodeError> {
    if path.steps.len() > MAX_NESTING {
        return Err(DecodeError::TooDeep);
    }
    let mut rest = path.steps.as_slice();
    let mut place = item.entry(path.root.clone()).or_insert_with(|| Part::for_path(rest));
    while let [step, deeper @ ..] = rest {
        rest = deeper;
        place = match (place, step) {
            (Part::Map(members), PathStep::Member(name)) => {
                members.entry(name.clone()).or_insert_with(|| Part::for_path(rest))
            }
            (Part::List(elements), PathStep::Index(index)) => {
                elements.entry(*index).or_insert_with(|| Part::for_path(rest))
            }
            _ => return Err(PROJECTED),
        };
    }
    match place {
        Part::Value(place) => *place = value,
        Part::Map(_) | Part::List(_) => return Err(PROJECTED),
    }
    Ok(())
}

fn at<T>(slice: &[T], position: u64) -> Option<&T> {
    slice.get(usize::try_from(position).ok()?)
}
