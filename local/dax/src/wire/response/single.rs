//! What `GetItem`, `PutItem`, `UpdateItem` and `DeleteItem` answer: a map of fields, or `null` if there is none.

use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ItemCollectionMetrics, ReturnValue};
use dax_client::protocol::key::{Attributes, KeySchema};
use dax_client::protocol::response::Field;

use super::super::CallError;
use super::super::request::{Get, Write};
use super::writer::Writer;
use super::{capacity, metrics};

pub(super) fn got(
    writer: &mut Writer<'_, '_>,
    request: &Get,
    output: &GetItemOutput,
) -> Result<(), CallError> {
    let (item, consumed) = (output.item(), output.consumed_capacity());
    let count = usize::from(item.is_some()) + usize::from(consumed.is_some());
    if count == 0 {
        writer.out.null();
        return Ok(());
    }
    writer.map(count, |writer| {
        if let Some(item) = item {
            writer.field(Field::Item);
            writer.item(&request.schema, request.projection.as_ref(), item)?;
        }
        if let Some(consumed) = consumed {
            capacity::encode(consumed, writer.field(Field::ConsumedCapacity));
        }
        Ok(())
    })
}

pub(super) fn put(
    writer: &mut Writer<'_, '_>,
    request: &Write<PutItemInput>,
    output: &PutItemOutput,
) -> Result<(), CallError> {
    let written = Written {
        schema: &request.schema,
        values: request.input.return_values(),
        attributes: output.attributes(),
        capacity: output.consumed_capacity(),
        metrics: output.item_collection_metrics(),
    };
    written.write(writer)
}

pub(super) fn updated(
    writer: &mut Writer<'_, '_>,
    request: &Write<UpdateItemInput>,
    output: &UpdateItemOutput,
) -> Result<(), CallError> {
    let written = Written {
        schema: &request.schema,
        values: request.input.return_values(),
        attributes: output.attributes(),
        capacity: output.consumed_capacity(),
        metrics: output.item_collection_metrics(),
    };
    written.write(writer)
}

pub(super) fn deleted(
    writer: &mut Writer<'_, '_>,
    request: &Write<DeleteItemInput>,
    output: &DeleteItemOutput,
) -> Result<(), CallError> {
    let written = Written {
        schema: &request.schema,
        values: request.input.return_values(),
        attributes: output.attributes(),
        capacity: output.consumed_capacity(),
        metrics: output.item_collection_metrics(),
    };
    written.write(writer)
}

/// What a write of one item answers.
struct Written<'a> {
    schema: &'a KeySchema,
    values: Option<&'a ReturnValue>,
    attributes: Option<&'a Attributes>,
    capacity: Option<&'a ConsumedCapacity>,
    metrics: Option<&'a ItemCollectionMetrics>,
}

impl Written<'_> {
    fn write(&self, writer: &mut Writer<'_, '_>) -> Result<(), CallError> {
        let fields = [self.attributes.is_some(), self.capacity.is_some(), self.metrics.is_some()];
        let count = fields.into_iter().filter(|is_there| *is_there).count();
        if count == 0 {
            writer.out.null();
            return Ok(());
        }
        writer.map(count, |writer| {
            if let Some(consumed) = self.capacity {
                capacity::encode(consumed, writer.field(Field::ConsumedCapacity));
            }
            if let Some(attributes) = self.attributes {
                writer.field(Field::Attributes);
                self.write_attributes(writer, attributes)?;
            }
            if let Some(of_collection) = self.metrics {
                metrics::encode(of_collection, writer.field(Field::ItemCollectionMetrics))?;
            }
            Ok(())
        })
    }

    fn write_attributes(
        &self,
        writer: &mut Writer<'_, '_>,
        attributes: &Attributes,
    ) -> Result<(), CallError> {
        match self.values {
            Some(ReturnValue::UpdatedOld | ReturnValue::UpdatedNew) => writer.touched(attributes),
            _ => writer.blob(self.schema, attributes),
        }
    }
}
