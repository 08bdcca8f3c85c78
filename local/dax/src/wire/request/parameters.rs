//! Optional parameters: a map from numbers to values.

use std::borrow::Cow;

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnValue, Select};
use dax_client::protocol::cbor::{DecodeError, Decoder, Type};
use dax_client::protocol::error::ErrorKind;
use dax_client::protocol::key::{Attributes, KeySchema, decode_compound};
use dax_client::protocol::request::{Numbered, Parameter};

use super::super::call::read_name;
use super::super::expression::decode_projection;
use super::super::{CallError, refusal};
use super::Projection;
use super::arguments::key;

/// What a client may say besides the arguments. Expressions and keys are not decoded yet.
///
/// If a parameter comes twice, the last counts: the Python client writes a condition first as text, then as it should be.
#[derive(Debug, Default)]
pub(super) struct Parameters<'a> {
    pub(super) projection: Option<Cow<'a, [u8]>>,
    pub(super) consistent_read: Option<bool>,
    pub(super) capacity: Option<ReturnConsumedCapacity>,
    pub(super) condition: Option<Cow<'a, [u8]>>,
    pub(super) metrics: Option<ReturnItemCollectionMetrics>,
    pub(super) values: Option<ReturnValue>,
    pub(super) update: Option<Cow<'a, [u8]>>,
    pub(super) start_key: Option<Cow<'a, [u8]>>,
    pub(super) filter: Option<Cow<'a, [u8]>>,
    pub(super) index: Option<String>,
    pub(super) limit: Option<i32>,
    pub(super) forward: Option<bool>,
    pub(super) select: Option<Select>,
    pub(super) segment: Option<i32>,
    pub(super) total_segments: Option<i32>,
    pub(super) token: Option<String>,
}

impl<'a> Parameters<'a> {
    /// Reads the map, or `null` in its place. Numbers that are not known are passed over.
    pub(super) fn decode(decoder: &mut Decoder<'a>) -> Result<Self, CallError> {
        let mut parameters = Self::default();
        if decoder.take_null()? {
            return Ok(parameters);
        }
        let mut entries = decoder.map()?;
        while entries.next(decoder)? {
            match Parameter::from_number(decoder.int()?) {
                Some(parameter) => parameters.take(parameter, decoder)?,
                None => decoder.skip()?,
            }
        }
        Ok(parameters)
    }

    /// The paths of the projection.
    pub(super) fn projection(&self) -> Result<Option<Projection>, CallError> {
        self.projection.as_deref().map(decode_projection).transpose()
    }

    /// Where the page begins: after a key of the table, or after a position in an index.
    pub(super) fn start_key(&self, schema: &KeySchema) -> Result<Option<Attributes>, CallError> {
        let Some(bytes) = self.start_key.as_deref() else { return Ok(None) };
        if self.index.is_some() {
            return Ok(Some(decode_compound(bytes)?));
        }
        key(schema, bytes).map(Some)
    }

    fn take(&mut self, parameter: Parameter, decoder: &mut Decoder<'a>) -> Result<(), CallError> {
        match parameter {
            Parameter::ProjectionExpression => self.projection = Some(decoder.bytes()?),
            Parameter::ConsistentRead => self.consistent_read = Some(read_bool(decoder)?),
            Parameter::ReturnConsumedCapacity => self.capacity = Some(read_numbered(decoder)?),
            Parameter::ConditionExpression => self.condition = Some(decoder.bytes()?),
            Parameter::ReturnItemCollectionMetrics => self.metrics = Some(read_numbered(decoder)?),
            Parameter::ReturnValues => self.values = Some(read_numbered(decoder)?),
            Parameter::UpdateExpression => self.update = Some(decoder.bytes()?),
            Parameter::ExclusiveStartKey => self.start_key = Some(decoder.bytes()?),
            Parameter::FilterExpression => self.filter = Some(decoder.bytes()?),
            Parameter::IndexName => self.index = Some(read_name(decoder)?),
            Parameter::Limit => self.limit = Some(read_int(decoder)?),
            Parameter::ScanIndexForward => self.forward = Some(read_bool(decoder)?),
            Parameter::Select => self.select = Some(read_numbered(decoder)?),
            Parameter::Segment => self.segment = Some(read_int(decoder)?),
            Parameter::TotalSegments => self.total_segments = Some(read_int(decoder)?),
            Parameter::ClientRequestToken => self.token = Some(read_name(decoder)?),
        }
        Ok(())
    }
}

/// A value of one of the SDK's enumerations, by its number.
pub(super) fn read_numbered<T: Numbered>(decoder: &mut Decoder<'_>) -> Result<T, CallError> {
    let number = decoder.unsigned()?;
    let unknown = || refusal(ErrorKind::Validation, &format!("{number} is no value of {}", T::PARAMETER));
    Ok(T::from_number(number).ok_or_else(unknown)?)
}

/// A boolean, which is an integer in some calls.
pub(super) fn read_bool(decoder: &mut Decoder<'_>) -> Result<bool, DecodeError> {
    if decoder.peek()? == Type::Bool { decoder.bool() } else { Ok(decoder.int()? != 0) }
}

fn read_int(decoder: &mut Decoder<'_>) -> Result<i32, DecodeError> {
    let int = decoder.int()?;
    i32::try_from(int).map_err(|_| DecodeError::OutOfRange { at: decoder.position() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Parameters<'_>, CallError> {
        Parameters::decode(&mut Decoder::new(bytes))
    }

    #[test]
    fn nothing_may_be_said_in_three_ways() {
        for bytes in [&b"\xf6"[..], b"\xa0", b"\xbf\xff"] {
            let parameters = decode(bytes).unwrap();
            assert_eq!((parameters.limit, parameters.capacity), (None, None));
        }
    }

    #[test]
    fn booleans_may_be_integers_and_what_is_unknown_is_passed_over() {
        for bytes in [&b"\xbf\x02\x01\x18\x63\x81\x00\x0e\x00\xff"[..], b"\xa3\x02\xf5\x01\xa0\x0e\xf4"] {
            let parameters = decode(bytes).unwrap();
            assert_eq!((parameters.consistent_read, parameters.forward), (Some(true), Some(false)));
        }
    }

    #[test]
    fn the_last_of_two_counts() {
        let parameters = decode(b"\xbf\x04\x41a\x04\x41b\xff").unwrap();
        assert_eq!(parameters.condition.as_deref(), Some(&b"b"[..]));
    }

    #[test]
    fn numbers_that_stand_for_nothing_are_refused() {
        let Err(CallError::Refused(error)) = decode(b"\xa1\x07\x09") else { panic!("a refusal") };
        assert_eq!((error.kind(), &*error.message), (ErrorKind::Validation, "9 is no value of ReturnValues"));
        assert!(matches!(decode(b"\xa1\x0d\x1a\xff\xff\xff\xff"), Err(CallError::Malformed(_))));
    }
}
