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
    pub fn attributes(mut self, names: &[String]) -> Result<Attributes, DecodeError> {
        let mut attributes = HashMap::with_capacity(names.len());
        for name in names {
            attributes.insert(name.clone(), value::decode(&mut self.values)?);
        }
        self.values.finish()?;
        Ok(attributes)
    }

    /// The attributes that an update touched: here the values are in a map whose keys are positions in the list.
    pub fn updated_attributes(mut self, names: &[String]) -> Result<Attributes, DecodeError> {
        let mut items = self.values.map()?;
        let mut attributes = HashMap::with_capacity(items.capacity());
        while items.next(&mut self.values)? {
            let name = at(names, self.values.unsigned()?).ok_or(DecodeError::Malformed("an updated item"))?;
            attributes.insert(name.clone(), value::decode(&mut self.values)?);
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

#[cfg(test)]
mod tests {
    use super::super::key::{KeyAttribute, KeyType};
    use super::*;

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn attributes<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Attributes {
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn names<const N: usize>(names: [&str; N]) -> [String; N] {
        names.map(str::to_owned)
    }

    fn path(root: &str, steps: &[PathStep]) -> DocumentPath {
        DocumentPath { root: root.to_owned(), steps: steps.to_vec() }
    }

    fn member(name: &str) -> PathStep {
        PathStep::Member(name.to_owned())
    }

    #[test]
    fn an_item_is_the_values_of_the_sorted_names_besides_its_key() {
        let schema = KeySchema { hash: KeyAttribute::new("pk", KeyType::Text), range: None };
        let item = attributes([("z", text("2")), ("pk", text("key")), ("a", text("1"))]);
        let others = NonKeyAttributes::of(&item, &schema);
        assert_eq!(others.names().collect::<Vec<_>>(), ["a", "z"]);

        let mut buffer = Vec::new();
        others.encode(1001, &mut Encoder::new(&mut buffer)).unwrap();
        assert_eq!(buffer, *b"\x47\x19\x03\xe9\x611\x612");
        let stored = StoredItem::parse(&buffer[1..]).unwrap();
        assert_eq!(stored.list(), 1001);
        assert_eq!(
            stored.attributes(&names(["a", "z"])),
            Ok(attributes([("a", text("1")), ("z", text("2"))]))
        );
    }

    #[test]
    fn a_list_of_another_length_does_not_fit() {
        let stored = StoredItem::parse(&[0x02, 0x01, 0x02]).unwrap();
        assert_eq!(stored.clone().attributes(&names(["a"])), Err(DecodeError::TrailingBytes { at: 2 }));
        assert_eq!(stored.attributes(&names(["a", "b", "c"])), Err(DecodeError::Incomplete));
    }

    #[test]
    fn touched_attributes_are_named_by_their_position() {
        let stored = StoredItem::parse(&[0x02, 0xa1, 0x01, 0x61, b'x']).unwrap();
        assert_eq!(stored.clone().updated_attributes(&names(["a", "b"])), Ok(attributes([("b", text("x"))])));
        assert_eq!(
            stored.updated_attributes(&names(["a"])),
            Err(DecodeError::Malformed("an updated item")),
            "no such position"
        );
    }

    #[test]
    fn a_projected_item_is_put_together_from_its_paths() {
        let paths = [
            path("list", &[PathStep::Index(3)]),
            path("list", &[PathStep::Index(1)]),
            path("map", &[member("a"), member("b")]),
            path("map", &[member("c")]),
            path("missing", &[]),
            path("plain", &[]),
        ];
        let bytes = [0xa5, 0, 0x61, b'3', 1, 0x61, b'1', 2, 0x61, b'b', 3, 0x61, b'c', 5, 0x61, b'p'];
        let inner = AttributeValue::M(attributes([("b", text("b"))]));
        let expected = attributes([
            ("list", AttributeValue::L(vec![text("1"), text("3")])),
            ("map", AttributeValue::M(attributes([("a", inner), ("c", text("c"))]))),
            ("plain", text("p")),
        ]);
        assert_eq!(decode_projected(&mut Decoder::new(&bytes), &paths), Ok(expected));
    }

    #[test]
    fn paths_that_contradict_each_other_are_refused() {
        let paths = [path("a", &[]), path("a", &[member("b")]), path("a", &[PathStep::Index(0)])];
        for (first, second) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
            let bytes = [0xa2, first, 0xf6, second, 0xf6];
            assert_eq!(decode_projected(&mut Decoder::new(&bytes), &paths), Err(PROJECTED));
        }
        assert_eq!(decode_projected(&mut Decoder::new(&[0xa1, 3, 0xf6]), &paths), Err(PROJECTED));
    }
}
