//! What `Query` and `Scan` answer: a map of items, counts, the place where the next page begins, capacity.

use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanInput, ScanOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, Select};
use dax_client::protocol::key::{Attributes, KeySchema};
use dax_client::protocol::response::Field;

use super::super::CallError;
use super::super::request::{Page, Projection};
use super::capacity;
use super::writer::Writer;

pub(super) fn queried(
    writer: &mut Writer<'_, '_>,
    request: &Page<QueryInput>,
    output: &QueryOutput,
) -> Result<(), CallError> {
    let found = Found {
        schema: &request.schema,
        projection: request.projection.as_ref(),
        of_index: request.input.index_name().is_some(),
        items: (request.input.select() != Some(&Select::Count)).then(|| output.items()),
        counts: [output.count(), output.scanned_count()],
        last_key: output.last_evaluated_key(),
        capacity: output.consumed_capacity(),
    };
    found.write(writer)
}

pub(super) fn scanned(
    writer: &mut Writer<'_, '_>,
    request: &Page<ScanInput>,
    output: &ScanOutput,
) -> Result<(), CallError> {
    let found = Found {
        schema: &request.schema,
        projection: request.projection.as_ref(),
        of_index: request.input.index_name().is_some(),
        items: (request.input.select() != Some(&Select::Count)).then(|| output.items()),
        counts: [output.count(), output.scanned_count()],
        last_key: output.last_evaluated_key(),
        capacity: output.consumed_capacity(),
    };
    found.write(writer)
}

/// What was found.
struct Found<'a> {
    schema: &'a KeySchema,
    projection: Option<&'a Projection>,
    of_index: bool,
    /// `None` if only their number was asked for.
    items: Option<&'a [Attributes]>,
    counts: [i32; 2],
    last_key: Option<&'a Attributes>,
    capacity: Option<&'a ConsumedCapacity>,
}

impl Found<'_> {
    fn write(&self, writer: &mut Writer<'_, '_>) -> Result<(), CallError> {
        let optional = [self.items.is_some(), self.last_key.is_some(), self.capacity.is_some()];
        let count = self.counts.len() + optional.into_iter().filter(|is_there| *is_there).count();
        let [count_of_items, scanned] = self.counts;
        writer.map(count, |writer| {
            if let Some(items) = self.items {
                writer.field(Field::Items);
                writer.array(items, |writer, item| self.write_item(writer, item))?;
            }
            writer.field(Field::Count).int(count_of_items.into());
            writer.field(Field::ScannedCount).int(scanned.into());
            if let Some(key) = self.last_key {
                writer.field(Field::LastEvaluatedKey);
                self.write_last_key(writer, key)?;
            }
            if let Some(consumed) = self.capacity {
                capacity::encode(consumed, writer.field(Field::ConsumedCapacity));
            }
            Ok(())
        })
    }

    /// A projected item, or else a pair of the key and the other attributes. The key is the table's, also in an index.
    fn write_item(&self, writer: &mut Writer<'_, '_>, item: &Attributes) -> Result<(), CallError> {
        if let Some(projection) = self.projection {
            return writer.projected(projection, item);
        }
        writer.out.array(2);
        writer.key(self.schema, item)?;
        writer.blob(self.schema, item)
    }

    fn write_last_key(&self, writer: &mut Writer<'_, '_>, key: &Attributes) -> Result<(), CallError> {
        if !self.of_index {
            return writer.key(self.schema, key);
        }
        let mut position = Vec::new();
        self.schema.encode_compound(key, &mut position)?;
        writer.out.bytes(&position);
        Ok(())
    }
}
