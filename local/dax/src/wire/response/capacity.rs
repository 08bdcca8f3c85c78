//! Consumed capacity, in its two forms.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Capacity, ConsumedCapacity};
use dax_client::protocol::cbor::Encoder;

use super::Style;

/// What an operation other than a transaction consumed: a byte string with table, units, and the units of the table and of
/// its indexes.
pub(super) fn encode(consumed: &ConsumedCapacity, out: &mut Encoder<'_>) {
    let mut content = Vec::new();
    let mut fields = Encoder::new(&mut content);
    fields.text(consumed.table_name().unwrap_or_default());
    fields.float(consumed.capacity_units().unwrap_or_default());
    match consumed.table() {
        Some(table) => fields.float(table.capacity_units().unwrap_or_default()),
        None => fields.null(),
    };
    for indexes in [consumed.global_secondary_indexes(), consumed.local_secondary_indexes()] {
        match indexes {
            Some(indexes) => encode_units(indexes, &mut fields),
            None => {
                fields.null();
            }
        }
    }
    out.bytes(&content);
}

/// An array of them.
pub(super) fn encode_all(all: &[ConsumedCapacity], out: &mut Encoder<'_>) {
    out.array(all.len());
    for consumed in all {
        encode(consumed, out);
    }
}

/// What a transaction consumed: an array of maps, with reads and writes apart.
pub(super) fn encode_transaction(all: &[ConsumedCapacity], style: Style, out: &mut Encoder<'_>) {
    out.array(all.len());
    for consumed in all {
        encode_table(consumed, style, out);
    }
}

/// The numbers of the fields of a transaction's capacity.
mod field {
    pub(super) const UNITS: u64 = 1;
    pub(super) const READ_UNITS: u64 = 2;
    pub(super) const WRITE_UNITS: u64 = 3;
    pub(super) const TABLE_NAME: u64 = 4;
    pub(super) const TABLE: u64 = 5;
    pub(super) const GLOBAL_INDEXES: u64 = 6;
    pub(super) const LOCAL_INDEXES: u64 = 7;
}

fn encode_table(consumed: &ConsumedCapacity, style: Style, out: &mut Encoder<'_>) {
    let units = [
        (field::UNITS, consumed.capacity_units()),
        (field::READ_UNITS, consumed.read_capacity_units()),
        (field::WRITE_UNITS, consumed.write_capacity_units()),
    ];
    let indexes = [
        (field::GLOBAL_INDEXES, consumed.global_secondary_indexes()),
        (field::LOCAL_INDEXES, consumed.local_secondary_indexes()),
    ];
    let name = consumed.table_name().map(|name| (field::TABLE_NAME, name));
    let table = consumed.table().map(|table| (field::TABLE, table));
    let count = units.iter().filter(|(_, units)| units.is_some()).count()
        + indexes.iter().filter(|(_, indexes)| indexes.is_some()).count()
        + usize::from(name.is_some())
        + usize::from(table.is_some());
    style.begin_map(count, out);
    if let Some((field, name)) = name {
        out.unsigned(field).text(name);
    }
    encode_given(units, out);
    if let Some((field, table)) = table {
        encode_capacity(table, style, out.unsigned(field));
    }
    for (field, indexes) in indexes {
        let Some(indexes) = indexes else { continue };
        let sorted = sorted(indexes);
        style.begin_map(sorted.len(), out.unsigned(field));
        for (index, capacity) in sorted {
            encode_capacity(capacity, style, out.text(index));
        }
        style.end(out);
    }
    style.end(out);
}

fn encode_capacity(capacity: &Capacity, style: Style, out: &mut Encoder<'_>) {
    let units = [
        (field::UNITS, capacity.capacity_units()),
        (field::READ_UNITS, capacity.read_capacity_units()),
        (field::WRITE_UNITS, capacity.write_capacity_units()),
    ];
    style.begin_map(units.iter().filter(|(_, units)| units.is_some()).count(), out);
    encode_given(units, out);
    style.end(out);
}

/// The fields that have a value.
fn encode_given(fields: [(u64, Option<f64>); 3], out: &mut Encoder<'_>) {
    for (field, units) in fields {
        if let Some(units) = units {
            out.unsigned(field).float(units);
        }
    }
}

/// The units of each index.
fn encode_units(indexes: &HashMap<String, Capacity>, out: &mut Encoder<'_>) {
    let sorted = sorted(indexes);
    out.map(sorted.len());
    for (index, capacity) in sorted {
        out.text(index).float(capacity.capacity_units().unwrap_or_default());
    }
}

fn sorted(indexes: &HashMap<String, Capacity>) -> Vec<(&String, &Capacity)> {
    let mut sorted: Vec<_> = indexes.iter().collect();
    sorted.sort_unstable_by_key(|(index, _)| *index);
    sorted
}
