//! What conditions and updates have in common: operands.

use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::{DecodeError, Decoder, Type, tag};
use dax_client::protocol::expression::{function_name, operation};
use dax_client::protocol::value;

use super::MAX_DEPTH;
use super::placeholders::Placeholders;

pub(super) const MALFORMED: DecodeError = DecodeError::Malformed("an expression");

/// Reads one expression.
#[derive(Debug)]
pub(super) struct Reader<'a, 'p> {
    pub(super) decoder: Decoder<'a>,
    placeholders: &'p mut Placeholders,
    /// The positions of the values that the text refers to.
    used: Vec<usize>,
    depth: usize,
}

impl<'a, 'p> Reader<'a, 'p> {
    /// Reads `[version, expression, [value, ..]]`.
    pub(super) fn read(
        blob: &'a [u8],
        placeholders: &'p mut Placeholders,
        read: impl FnOnce(&mut Self) -> Result<String, DecodeError>,
    ) -> Result<String, DecodeError> {
        let mut reader = Self { decoder: Decoder::new(blob), placeholders, used: Vec::new(), depth: 0 };
        if reader.decoder.array()?.capacity() != 3 || reader.decoder.unsigned()? != operation::VERSION {
            return Err(MALFORMED);
        }
        let text = read(&mut reader)?;
        let values = reader.values()?;
        reader.decoder.finish()?;
        reader.placeholders.define(values, &reader.used)?;
        Ok(text)
    }

    /// An operation, and how many operands follow.
    pub(super) fn operation(&mut self) -> Result<(u64, usize), DecodeError> {
        let length = self.decoder.array()?.capacity();
        let operation = self.decoder.unsigned()?;
        Ok((operation, length.checked_sub(1).ok_or(MALFORMED)?))
    }

    /// Reads something that may hold others of its kind.
    pub(super) fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.depth == MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// A path, a value, or a function of others.
    pub(super) fn operand(&mut self, text: &mut String) -> Result<(), DecodeError> {
        match self.operation()? {
            (operation::VALUE, 1) => self.value(text),
            (operation::PATH, steps @ 1..) => self.path(steps, text),
            (function, operands) => self.call(function, operands, text),
        }
    }

    /// The operands of a function.
    pub(super) fn call(
        &mut self,
        function: u64,
        operands: usize,
        text: &mut String,
    ) -> Result<(), DecodeError> {
        text.push_str(function_name(function).ok_or(MALFORMED)?);
        text.push('(');
        self.nested(|reader| {
            for position in 0..operands {
                text.push_str(if position == 0 { "" } else { ", " });
                reader.operand(text)?;
            }
            Ok(())
        })?;
        text.push(')');
        Ok(())
    }

    fn value(&mut self, text: &mut String) -> Result<(), DecodeError> {
        let position = usize::try_from(self.decoder.unsigned()?).map_err(|_| MALFORMED)?;
        self.used.push(position);
        text.push_str(&self.placeholders.value(position));
        Ok(())
    }

    fn path(&mut self, steps: usize, text: &mut String) -> Result<(), DecodeError> {
        text.push_str(self.placeholders.name(&self.decoder.text()?));
        for _ in 1..steps {
            if self.decoder.peek()? == Type::Text {
                text.push('.');
                text.push_str(self.placeholders.name(&self.decoder.text()?));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(text, "[{}]", read_index(&mut self.decoder)?);
            }
        }
        Ok(())
    }

    fn values(&mut self) -> Result<Vec<AttributeValue>, DecodeError> {
        let mut entries = self.decoder.array()?;
        let mut values = Vec::with_capacity(entries.capacity());
        while entries.next(&mut self.decoder)? {
            values.push(value::decode(&mut self.decoder)?);
        }
        Ok(values)
    }
}

/// The index of a list element.
pub(super) fn read_index(decoder: &mut Decoder<'_>) -> Result<u64, DecodeError> {
    if decoder.tag()? == tag::PATH_INDEX { decoder.unsigned() } else { Err(MALFORMED) }
}
