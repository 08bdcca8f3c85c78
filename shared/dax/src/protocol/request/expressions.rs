//! The expressions of one request, which share their names and values.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::protocol::cbor::Encoder;
use crate::protocol::expression::{
    ExpressionError, Kind, Projection, Substitutions, encode_condition, encode_projection, encode_update,
};

/// Encodes the expressions of a request.
#[derive(Debug)]
pub(super) struct Expressions<'a> {
    substitutions: Substitutions<'a>,
    any: bool,
}

type Result<T> = std::result::Result<T, ExpressionError>;

impl<'a> Expressions<'a> {
    pub(super) fn new(
        names: Option<&'a HashMap<String, String>>,
        values: Option<&'a HashMap<String, AttributeValue>>,
    ) -> Result<Self> {
        Ok(Self { substitutions: Substitutions::new(names, values)?, any: false })
    }

    pub(super) fn condition(&mut self, kind: Kind, text: Option<&str>) -> Result<Option<Vec<u8>>> {
        self.encoded(text, |text, substitutions, out| encode_condition(kind, text, substitutions, out))
            .map(|encoded| encoded.map(|(bytes, ())| bytes))
    }

    pub(super) fn update(&mut self, text: Option<&str>) -> Result<Option<Vec<u8>>> {
        self.encoded(text, encode_update).map(|encoded| encoded.map(|(bytes, ())| bytes))
    }

    pub(super) fn projection(&mut self, text: Option<&str>) -> Result<Option<(Vec<u8>, Projection)>> {
        self.encoded(text, encode_projection)
    }

    /// Fails if names or values were given that none of the expressions used.
    pub(super) fn finish(self) -> Result<()> {
        self.substitutions.finish(self.any)
    }

    fn encoded<T>(
        &mut self,
        text: Option<&str>,
        encode: impl FnOnce(&str, &mut Substitutions<'a>, &mut Encoder<'_>) -> Result<T>,
    ) -> Result<Option<(Vec<u8>, T)>> {
        let Some(text) = text else { return Ok(None) };
        self.any = true;
        let mut bytes = Vec::new();
        let made = encode(text, &mut self.substitutions, &mut Encoder::new(&mut bytes))?;
        Ok(Some((bytes, made)))
    }
}
