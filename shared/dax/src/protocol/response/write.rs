//! What `PutItem`, `UpdateItem` and `DeleteItem` answer: attributes, capacity, metrics.

use aws_sdk_dynamodb::types::{ConsumedCapacity, ItemCollectionMetrics, ReturnConsumedCapacity, ReturnValue};

use super::ResponseError;
use super::reader::{Field, Reader};
use super::{capacity, metrics};
use crate::protocol::cbor::Decoder;
use crate::protocol::key::{Attributes, KeySchema};
use crate::protocol::lookup::Metadata;

/// What was asked for.
pub(super) struct Request<'a> {
    pub(super) schema: &'a KeySchema,
    /// The key of the item, or all of it.
    pub(super) attributes: Option<&'a Attributes>,
    pub(super) values: Option<&'a ReturnValue>,
    pub(super) capacity: Option<&'a ReturnConsumedCapacity>,
}

/// What was answered.
#[derive(Default)]
pub(super) struct Written {
    pub(super) attributes: Option<Attributes>,
    pub(super) capacity: Option<ConsumedCapacity>,
    pub(super) metrics: Option<ItemCollectionMetrics>,
}

impl Request<'_> {
    pub(super) fn decode(
        &self,
        results: Decoder<'_>,
        metadata: &dyn Metadata,
    ) -> Result<Written, ResponseError> {
        let mut reader = Reader::new(results, metadata);
        let mut written = Written::default();
        reader.fields(|field, reader| {
            match field {
                Field::Attributes => written.attributes = Some(self.decode_attributes(reader)?),
                Field::ConsumedCapacity => written.capacity = Some(capacity::decode(&mut reader.decoder)?),
                Field::ItemCollectionMetrics => {
                    written.metrics = Some(metrics::decode(&mut reader.decoder, self.schema)?);
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        written.capacity = capacity::of_write(self.capacity, written.capacity);
        reader.finish(written)
    }

    /// Whole items come without their keys, which the request knows. What an update touched never is a key.
    fn decode_attributes(&self, reader: &mut Reader<'_, '_>) -> Result<Attributes, ResponseError> {
        let content = reader.decoder.bytes()?;
        if let Some(ReturnValue::UpdatedOld | ReturnValue::UpdatedNew) = self.values {
            return reader.items.updated(&content);
        }
        let mut attributes = reader.items.stored(&content)?;
        attributes.extend(self.attributes.map(|item| self.schema.key_of(item)).unwrap_or_default());
        Ok(attributes)
    }
}
