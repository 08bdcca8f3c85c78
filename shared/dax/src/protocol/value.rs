//! Attribute values. Which type a value has is told by the type of its encoding.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::cbor::{DecodeError, Decoder, Encoder, Type, tag};
use super::number::{Number, NumberError};

/// How deep lists and maps may nest. DynamoDB's limit is 32; the server may say so better than we can.
pub const MAX_NESTING: usize = 48;

/// Something that cannot be sent.
///
/// The text of each is what a caller of DynamoDB expects as the message of a `ValidationException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// `NULL` with the value false.
    #[error(
        "One or more parameter values were invalid: Null attribute value types must have the value of true"
    )]
    NullIsFalse,
    /// A set without elements.
    #[error("One or more parameter values were invalid: A set may not be empty")]
    EmptySet,
    /// Not a number.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// Deeper than [`MAX_NESTING`].
    #[error("Nesting Levels have exceeded supported limits")]
    TooDeep,
    /// A type of value that this version does not know.
    #[error("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")]
    UnknownType,
    /// An item or key lacks an attribute of the primary key, or has another type there.
    #[error("One of the required keys was not given a value")]
    MissingKey,
    /// A key has attributes that do not belong to the primary key.
    #[error("The provided key element does not match the schema")]
    UnexpectedKey,
}

/// Appends a value. The members of maps are written in the order of their names.
///
/// After an error, what was appended is of no use.
pub fn encode(encoder: &mut Encoder<'_>, value: &AttributeValue) -> Result<(), EncodeError> {
    encode_nested(encoder, value, 0)
}

/// Reads a value.
pub fn decode(decoder: &mut Decoder<'_>) -> Result<AttributeValue, DecodeError> {
    decode_nested(decoder, 0)
}

/// Appends a number from its text, in the form in which it is written there.
pub fn encode_number(encoder: &mut Encoder<'_>, text: &str) -> Result<(), NumberError> {
    match text.parse() {
        Ok(integer) => {
            encoder.int(integer);
        }
        Err(_) => Number::parse(text)?.encode(encoder),
    }
    Ok(())
}

/// Reads a number as text without an exponent.
pub fn decode_number(decoder: &mut Decoder<'_>) -> Result<String, DecodeError> {
    match decoder.peek()? {
        Type::Unsigned | Type::Negative => Ok(decoder.integer()?.to_string()),
        _ => Ok(Number::decode(decoder)?.to_string()),
    }
}

fn encode_nested(encoder: &mut Encoder<'_>, value: &AttributeValue, depth: usize) -> Result<(), EncodeError> {
    if depth > MAX_NESTING {
        return Err(EncodeError::TooDeep);
    }
    match value {
        AttributeValue::S(text) => {
            encoder.text(text);
        }
        AttributeValue::N(text) => encode_number(encoder, text)?,
        AttributeValue::B(bytes) => {
            encoder.bytes(bytes.as_ref());
        }
        AttributeValue::Bool(value) => {
            encoder.bool(*value);
        }
        AttributeValue::Null(true) => {
            encoder.null();
        }
        AttributeValue::Null(false) => return Err(EncodeError::NullIsFalse),
        AttributeValue::Ss(texts) => {
            begin_set(encoder, tag::STRING_SET, texts.len())?;
            for text in texts {
                encoder.text(text);
            }
        }
        AttributeValue::Ns(numbers) => {
            begin_set(encoder, tag::NUMBER_SET, numbers.len())?;
            numbers.iter().try_for_each(|number| encode_number(encoder, number))?;
        }
        AttributeValue::Bs(blobs) => {
            begin_set(encoder, tag::BINARY_SET, blobs.len())?;
            for blob in blobs {
                encoder.bytes(blob.as_ref());
            }
        }
        AttributeValue::L(values) => {
            encoder.array(values.len());
            values.iter().try_for_each(|value| encode_nested(encoder, value, depth + 1))?;
        }
        AttributeValue::M(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            encoder.map(sorted.len());
            for (name, value) in sorted {
                encode_nested(encoder.text(name), value, depth + 1)?;
            }
        }
        _ => return Err(EncodeError::UnknownType),
    }
    Ok(())
}

fn begin_set(encoder: &mut Encoder<'_>, tag: u64, count: usize) -> Result<(), EncodeError> {
    if count == 0 {
        return Err(EncodeError::EmptySet);
    }
    encoder.tag(tag).array(count);
    Ok(())
}

fn decode_nested(decoder: &mut Decoder<'_>, depth: usize) -> Result<AttributeValue, DecodeError> {
    if depth > MAX_NESTING {
        return Err(DecodeError::TooDeep);
    }
    Ok(match decoder.peek()? {
        Type::Text => AttributeValue::S(decoder.text()?.into_owned()),
        Type::Bytes => AttributeValue::B(Blob::new(decoder.bytes()?)),
        Type::Bool => AttributeValue::Bool(decoder.bool()?),
        Type::Null => {
            decoder.take_null()?;
            AttributeValue::Null(true)
        }
        Type::Array => AttributeValue::L(decode_list(decoder, |decoder| decode_nested(decoder, depth + 1))?),
        Type::Map => {
            let mut items = decoder.map()?;
            let mut members = HashMap::with_capacity(items.capacity());
            while items.next(decoder)? {
                let name = decoder.text()?.into_owned();
                members.insert(name, decode_nested(decoder, depth + 1)?);
            }
            AttributeValue::M(members)
        }
        Type::Tag => decode_tagged(decoder)?,
        _ => AttributeValue::N(decode_number(decoder)?),
    })
}

fn decode_tagged(decoder: &mut Decoder<'_>) -> Result<AttributeValue, DecodeError> {
    let mut content = decoder.clone();
    let value = match content.tag()? {
        tag::STRING_SET => {
            AttributeValue::Ss(decode_list(&mut content, |decoder| Ok(decoder.text()?.into_owned()))?)
        }
        tag::NUMBER_SET => AttributeValue::Ns(decode_list(&mut content, decode_number)?),
        tag::BINARY_SET => {
            AttributeValue::Bs(decode_list(&mut content, |decoder| Ok(Blob::new(decoder.bytes()?)))?)
        }
        _ => return Ok(AttributeValue::N(decode_number(decoder)?)),
    };
    *decoder = content;
    Ok(value)
}

fn decode_list<T>(
    decoder: &mut Decoder<'_>,
    mut read: impl FnMut(&mut Decoder<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = decoder.array()?;
    let mut values = Vec::with_capacity(items.capacity());
    while items.next(decoder)? {
        values.push(read(decoder)?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &AttributeValue) -> Result<Vec<u8>, EncodeError> {
        let mut buffer = Vec::new();
        encode(&mut Encoder::new(&mut buffer), value)?;
        Ok(buffer)
    }

    fn nested(depth: usize) -> AttributeValue {
        (0..depth).fold(AttributeValue::Bool(true), |value, _| AttributeValue::L(vec![value]))
    }

    #[test]
    fn what_dynamodb_has_no_value_for_is_refused() {
        assert_eq!(encoded(&AttributeValue::Null(false)), Err(EncodeError::NullIsFalse));
        for set in [AttributeValue::Ss(vec![]), AttributeValue::Ns(vec![]), AttributeValue::Bs(vec![])] {
            assert_eq!(encoded(&set), Err(EncodeError::EmptySet));
        }
        let no_number = AttributeValue::N("one".to_owned());
        assert_eq!(encoded(&no_number), Err(NumberError::Syntax("one".to_owned()).into()));
    }

    #[test]
    fn nesting_has_a_limit_in_both_directions() {
        let deepest = nested(MAX_NESTING);
        let bytes = encoded(&deepest).unwrap();
        assert_eq!(decode(&mut Decoder::new(&bytes)), Ok(deepest));
        assert_eq!(encoded(&nested(MAX_NESTING + 1)), Err(EncodeError::TooDeep));
        let too_deep = [&[0x81], bytes.as_slice()].concat();
        assert_eq!(decode(&mut Decoder::new(&too_deep)), Err(DecodeError::TooDeep));
    }

    #[test]
    fn members_of_maps_are_written_in_order() {
        let members = ["b", "a", "c"].map(|name| (name.to_owned(), AttributeValue::Null(true)));
        let bytes = encoded(&AttributeValue::M(members.into())).unwrap();
        assert_eq!(bytes, *b"\xa3\x61a\xf6\x61b\xf6\x61c\xf6");
    }

    #[test]
    fn containers_without_a_length_are_read() {
        let bytes = [0x9f, 0xbf, 0x61, b'k', 0xd9, 0x0c, 0xf9, 0x9f, 0x61, b's', 0xff, 0xff, 0xff];
        let set = AttributeValue::Ss(vec!["s".to_owned()]);
        let map = AttributeValue::M([("k".to_owned(), set)].into());
        assert_eq!(decode(&mut Decoder::new(&bytes)), Ok(AttributeValue::L(vec![map])));
    }

    #[test]
    fn undefined_is_no_value() {
        assert!(matches!(decode(&mut Decoder::new(&[0xf7])), Err(DecodeError::Unexpected { .. })));
    }
}
