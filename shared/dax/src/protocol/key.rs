//! Primary keys as bytes.
//!
//! A key of one attribute is the bytes of its value, or a CBOR number. A key of two is the CBOR of the first, then the
//! bytes of the second as they are, or its [lexicographic decimal](super::lexdecimal). Numbers are canonical, so that
//! equal keys are equal bytes.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::cbor::{DecodeError, Decoder, Encoder};
use super::lexdecimal;
use super::number::Number;
use super::value::{self, EncodeError};

/// The types that an attribute of a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// A text, `S`.
    Text,
    /// A number, `N`.
    Number,
    /// Bytes, `B`.
    Binary,
}

/// An attribute of a primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyAttribute {
    /// The name of the attribute.
    pub name: String,
    /// What its values are.
    pub kind: KeyType,
}

/// The primary key of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeySchema {
    /// The partition key.
    pub hash: KeyAttribute,
    /// The sort key, if there is one.
    pub range: Option<KeyAttribute>,
}

/// Attributes by name, as the AWS SDK has them.
pub type Attributes = HashMap<String, AttributeValue>;

impl KeyType {
    /// The letter that stands for the type in DynamoDB's API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "S",
            Self::Number => "N",
            Self::Binary => "B",
        }
    }

    /// The type that a letter stands for.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "S" => Some(Self::Text),
            "N" => Some(Self::Number),
            "B" => Some(Self::Binary),
            _ => None,
        }
    }
}

impl KeyAttribute {
    /// An attribute named `name`.
    pub fn new(name: impl Into<String>, kind: KeyType) -> Self {
        Self { name: name.into(), kind }
    }
}

impl KeySchema {
    /// The attributes of the key: one or two.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.hash).chain(&self.range)
    }

    /// Whether `name` is an attribute of the key.
    pub fn contains(&self, name: &str) -> bool {
        self.attributes().any(|attribute| attribute.name == name)
    }

    /// Appends the bytes of a key, which must have the attributes of the schema and no other.
    pub fn encode_key(&self, key: &Attributes, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encode_key_of(key, buffer)?;
        if key.len() > self.attributes().count() {
            return Err(EncodeError::UnexpectedKey);
        }
        Ok(())
    }

    /// Appends the bytes of the key of an item, which may have other attributes as well.
    pub fn encode_key_of(&self, item: &Attributes, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = |attribute: &KeyAttribute| item.get(&attribute.name).ok_or(EncodeError::MissingKey);
        let hash = value(&self.hash)?;
        let Some(range) = &self.range else {
            return encode_alone(self.hash.kind, hash, buffer);
        };
        encode_first(self.hash.kind, hash, buffer)?;
        encode_last(range.kind, value(range)?, buffer)
    }

    /// The attributes of a key.
    pub fn decode_key(&self, bytes: &[u8]) -> Result<Attributes, DecodeError> {
        let mut key = HashMap::with_capacity(2);
        let Some(range) = &self.range else {
            key.insert(self.hash.name.clone(), decode_alone(self.hash.kind, bytes)?);
            return Ok(key);
        };
        let mut decoder = Decoder::new(bytes);
        key.insert(self.hash.name.clone(), decode_first(self.hash.kind, &mut decoder)?);
        key.insert(range.name.clone(), decode_last(range.kind, decoder.rest())?);
        Ok(key)
    }

    /// The attributes of the key of an item.
    pub fn key_of(&self, item: &Attributes) -> Attributes {
        let attribute = |attribute: &KeyAttribute| item.get_key_value(&attribute.name);
        self.attributes().filter_map(attribute).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Appends the key of a position in an index: attributes of the table's key and of the index's key.
    ///
    /// Those of the table's key come first, the others in the order of their names.
    pub fn encode_compound(&self, key: &Attributes, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
        let rank = |name: &str| self.attributes().position(|key| key.name == name).unwrap_or(usize::MAX);
        let mut attributes: Vec<_> = key.iter().collect();
        attributes.sort_unstable_by_key(|(name, _)| (rank(name), *name));
        let mut encoder = Encoder::new(buffer);
        encoder.begin_map();
        for (name, value) in attributes {
            value::encode(encoder.text(name), value)?;
        }
        encoder.end();
        Ok(())
    }
}

/// The attributes of a position in an index.
pub fn decode_compound(bytes: &[u8]) -> Result<Attributes, DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let mut items = decoder.map()?;
    let mut key = HashMap::with_capacity(items.capacity());
    while items.next(&mut decoder)? {
        let name = decoder.text()?.into_owned();
        key.insert(name, value::decode(&mut decoder)?);
    }
    decoder.finish()?;
    Ok(key)
}

/// The only attribute of a key.
fn encode_alone(kind: KeyType, value: &AttributeValue, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
    match kind {
        KeyType::Text | KeyType::Binary => encode_last(kind, value, buffer),
        KeyType::Number => encode_first(kind, value, buffer),
    }
}

/// The first attribute of a key of two: its end can be told.
fn encode_first(kind: KeyType, value: &AttributeValue, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
    let mut encoder = Encoder::new(buffer);
    match (kind, value) {
        (KeyType::Text, AttributeValue::S(text)) => {
            encoder.text(text);
        }
        (KeyType::Binary, AttributeValue::B(bytes)) => {
            encoder.bytes(bytes.as_ref());
        }
        (KeyType::Number, AttributeValue::N(text)) => Number::parse(text)?.canonical().encode(&mut encoder),
        _ => return Err(EncodeError::MissingKey),
    }
    Ok(())
}

/// The last attribute of a key, which goes on to the end.
fn encode_last(kind: KeyType, value: &AttributeValue, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
    match (kind, value) {
        (KeyType::Text, AttributeValue::S(text)) => buffer.extend_from_slice(text.as_bytes()),
        (KeyType::Binary, AttributeValue::B(bytes)) => buffer.extend_from_slice(bytes.as_ref()),
        (KeyType::Number, AttributeValue::N(text)) => {
            lexdecimal::encode(&Number::parse(text)?.canonical(), buffer);
        }
        _ => return Err(EncodeError::MissingKey),
    }
    Ok(())
}

fn decode_alone(kind: KeyType, bytes: &[u8]) -> Result<AttributeValue, DecodeError> {
    if kind != KeyType::Number {
        return decode_last(kind, bytes);
    }
    let mut decoder = Decoder::new(bytes);
    let value = decode_first(kind, &mut decoder)?;
    decoder.finish()?;
    Ok(value)
}

fn decode_first(kind: KeyType, decoder: &mut Decoder<'_>) -> Result<AttributeValue, DecodeError> {
    Ok(match kind {
        KeyType::Text => AttributeValue::S(decoder.text()?.into_owned()),
        KeyType::Binary => AttributeValue::B(Blob::new(decoder.bytes()?)),
        KeyType::Number => AttributeValue::N(value::decode_number(decoder)?),
    })
}

fn decode_last(kind: KeyType, bytes: &[u8]) -> Result<AttributeValue, DecodeError> {
    Ok(match kind {
        KeyType::Text => {
            let text = str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8 { at: 0 })?;
            AttributeValue::S(text.to_owned())
        }
        KeyType::Binary => AttributeValue::B(Blob::new(bytes)),
        KeyType::Number => AttributeValue::N(lexdecimal::decode(bytes)?.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn number(text: &str) -> AttributeValue {
        AttributeValue::N(text.to_owned())
    }

    fn schema(hash: KeyType, range: Option<KeyType>) -> KeySchema {
        let range = range.map(|kind| KeyAttribute::new("sk", kind));
        KeySchema { hash: KeyAttribute::new("pk", hash), range }
    }

    fn key<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Attributes {
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn encoded(schema: &KeySchema, key: &Attributes) -> Result<Vec<u8>, EncodeError> {
        let mut buffer = Vec::new();
        schema.encode_key(key, &mut buffer).map(|()| buffer)
    }

    #[test]
    fn keys_of_every_type_are_read_as_they_were_written() {
        let binary = AttributeValue::B(Blob::new([0, 0xff]));
        let values =
            [(KeyType::Text, text("t")), (KeyType::Number, number("-3.5")), (KeyType::Binary, binary)];
        for (hash, value) in &values {
            let (alone, attributes) = (schema(*hash, None), key([("pk", value.clone())]));
            assert_eq!(alone.decode_key(&encoded(&alone, &attributes).unwrap()), Ok(attributes));
            for (range, second) in &values {
                let (both, attributes) =
                    (schema(*hash, Some(*range)), key([("pk", value.clone()), ("sk", second.clone())]));
                assert_eq!(both.decode_key(&encoded(&both, &attributes).unwrap()), Ok(attributes));
            }
        }
    }

    #[test]
    fn numbers_written_differently_are_the_same_key() {
        let schema = schema(KeyType::Number, Some(KeyType::Number));
        let expected = encoded(&schema, &key([("pk", number("100")), ("sk", number("100"))])).unwrap();
        for text in ["100.0", "1e2", "+0100", "1000E-1"] {
            let same = key([("pk", number(text)), ("sk", number(text))]);
            assert_eq!(encoded(&schema, &same), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn a_key_is_complete_and_nothing_else() {
        let schema = schema(KeyType::Text, Some(KeyType::Number));
        let missing = key([("pk", text("p"))]);
        assert_eq!(encoded(&schema, &missing), Err(EncodeError::MissingKey));
        let mistyped = key([("pk", text("p")), ("sk", text("1"))]);
        assert_eq!(encoded(&schema, &mistyped), Err(EncodeError::MissingKey));
        let more = key([("pk", text("p")), ("sk", number("1")), ("other", text("o"))]);
        assert_eq!(encoded(&schema, &more), Err(EncodeError::UnexpectedKey));
        let mut buffer = Vec::new();
        assert_eq!(schema.encode_key_of(&more, &mut buffer), Ok(()), "but an item may have more");
        assert_eq!(schema.decode_key(&buffer), Ok(schema.key_of(&more)));
    }

    #[test]
    fn what_follows_a_number_alone_is_malformed() {
        let schema = schema(KeyType::Number, None);
        assert_eq!(schema.decode_key(&[1, 2]), Err(DecodeError::TrailingBytes { at: 1 }));
    }

    #[test]
    fn a_position_in_an_index_begins_with_the_key_of_the_table() {
        let schema = schema(KeyType::Text, Some(KeyType::Text));
        let position = key([("a", number("1")), ("sk", text("s")), ("pk", text("p"))]);
        let mut buffer = Vec::new();
        schema.encode_compound(&position, &mut buffer).unwrap();
        assert_eq!(buffer, *b"\xbf\x62pk\x61p\x62sk\x61s\x61a\x01\xff");
        assert_eq!(decode_compound(&buffer), Ok(position));
    }
}
