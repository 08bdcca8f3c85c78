//! Consumed capacity, in the two forms that the server has for it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::builders::{CapacityBuilder, ConsumedCapacityBuilder};
use aws_sdk_dynamodb::types::{Capacity, ConsumedCapacity, ReturnConsumedCapacity};

use super::ResponseError;
use crate::protocol::cbor::{DecodeError, Decoder};

/// Reads what an operation other than a transaction consumed: a byte string with table, units, and the units of the
/// table and of its indexes.
pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<ConsumedCapacity, DecodeError> {
    let content = decoder.bytes()?;
    let mut content = Decoder::new(&content);
    let capacity = ConsumedCapacity::builder()
        .table_name(content.text()?)
        .capacity_units(content.float()?)
        .set_table(content.optional(decode_units)?)
        .set_global_secondary_indexes(content.optional(|content| decode_indexes(content, decode_units))?)
        .set_local_secondary_indexes(content.optional(|content| decode_indexes(content, decode_units))?)
        .build();
    content.finish()?;
    Ok(capacity)
}

/// Reads what a transaction consumed of a table: a map, with reads and writes apart.
pub(super) fn decode_transaction(decoder: &mut Decoder<'_>) -> Result<ConsumedCapacity, DecodeError> {
    let mut capacity = ConsumedCapacity::builder();
    let mut fields = decoder.map()?;
    while fields.next(decoder)? {
        let field = decoder.int()?;
        capacity = decode_field(field, capacity, decoder)?;
    }
    Ok(capacity.build())
}

fn decode_field(
    field: i64,
    capacity: ConsumedCapacityBuilder,
    decoder: &mut Decoder<'_>,
) -> Result<ConsumedCapacityBuilder, DecodeError> {
    Ok(match field {
        1 => capacity.set_capacity_units(decoder.optional(Decoder::float)?),
        2 => capacity.set_read_capacity_units(decoder.optional(Decoder::float)?),
        3 => capacity.set_write_capacity_units(decoder.optional(Decoder::float)?),
        4 => capacity.table_name(decoder.text()?),
        5 => capacity.set_table(decoder.optional(decode_capacity)?),
        6 => {
            let indexes = decoder.optional(|decoder| decode_indexes(decoder, decode_capacity))?;
            capacity.set_global_secondary_indexes(indexes)
        }
        7 => {
            let indexes = decoder.optional(|decoder| decode_indexes(decoder, decode_capacity))?;
            capacity.set_local_secondary_indexes(indexes)
        }
        _ => {
            decoder.skip()?;
            capacity
        }
    })
}

fn decode_capacity(decoder: &mut Decoder<'_>) -> Result<Capacity, DecodeError> {
    let mut capacity: CapacityBuilder = Capacity::builder();
    let mut fields = decoder.map()?;
    while fields.next(decoder)? {
        capacity = match decoder.int()? {
            1 => capacity.set_capacity_units(decoder.optional(Decoder::float)?),
            2 => capacity.set_read_capacity_units(decoder.optional(Decoder::float)?),
            3 => capacity.set_write_capacity_units(decoder.optional(Decoder::float)?),
            _ => {
                decoder.skip()?;
                capacity
            }
        };
    }
    Ok(capacity.build())
}

fn decode_units(decoder: &mut Decoder<'_>) -> Result<Capacity, DecodeError> {
    Ok(units(decoder.float()?))
}

fn decode_indexes(
    decoder: &mut Decoder<'_>,
    decode: impl Fn(&mut Decoder<'_>) -> Result<Capacity, DecodeError>,
) -> Result<HashMap<String, Capacity>, DecodeError> {
    let mut entries = decoder.map()?;
    let mut indexes = HashMap::with_capacity(entries.capacity());
    while entries.next(decoder)? {
        let index = decoder.text()?.into_owned();
        indexes.insert(index, decode(decoder)?);
    }
    Ok(indexes)
}

fn units(units: f64) -> Capacity {
    Capacity::builder().capacity_units(units).build()
}

/// Whether capacity was asked for.
pub(super) fn is_wanted(parameter: Option<&ReturnConsumedCapacity>) -> bool {
    parameter.is_some_and(|parameter| *parameter != ReturnConsumedCapacity::None)
}

/// What the cache answers costs nothing, and then the server says nothing of it.
pub(super) fn nothing(table: &str) -> ConsumedCapacity {
    ConsumedCapacity::builder().table_name(table).capacity_units(0.0).build()
}

/// What to tell the caller of the capacity of a read: only what was asked for, but then something.
pub(super) fn of_read(
    parameter: Option<&ReturnConsumedCapacity>,
    table: Option<&str>,
    consumed: Option<ConsumedCapacity>,
) -> Option<ConsumedCapacity> {
    if !is_wanted(parameter) {
        return None;
    }
    consumed.or_else(|| Some(nothing(table?)))
}

/// What to tell the caller of the capacity of a write: what the server says, if it was asked for.
pub(super) fn of_write(
    parameter: Option<&ReturnConsumedCapacity>,
    consumed: Option<ConsumedCapacity>,
) -> Option<ConsumedCapacity> {
    consumed.filter(|_| is_wanted(parameter))
}

/// What to tell the caller of the capacity of several tables, which is nothing if there is none.
pub(super) fn of_tables(
    parameter: Option<&ReturnConsumedCapacity>,
    consumed: Vec<ConsumedCapacity>,
) -> Option<Vec<ConsumedCapacity>> {
    (is_wanted(parameter) && !consumed.is_empty()).then_some(consumed)
}

/// Adds one of a list to those of the others.
pub(super) fn push(
    all: &mut Vec<ConsumedCapacity>,
    consumed: Result<ConsumedCapacity, DecodeError>,
) -> Result<(), ResponseError> {
    all.push(consumed?);
    Ok(())
}
