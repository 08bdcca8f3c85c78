//! What `Query` and `Scan` answer: items, counts, the place where the next page begins, capacity.

use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use super::ResponseError;
use super::capacity;
use super::reader::{Field, Reader};
use crate::protocol::cbor::{DecodeError, Decoder};
use crate::protocol::key::{Attributes, decode_compound};
use crate::protocol::lookup::Metadata;
use crate::protocol::request::PagePlan;

/// What was asked for.
pub(super) struct Request<'a> {
    pub(super) plan: &'a PagePlan,
    pub(super) table: Option<&'a str>,
    pub(super) of_index: bool,
    pub(super) capacity: Option<&'a ReturnConsumedCapacity>,
}

/// What was answered.
#[derive(Default)]
pub(super) struct Page {
    pub(super) items: Option<Vec<Attributes>>,
    pub(super) count: i32,
    pub(super) scanned_count: i32,
    pub(super) last_key: Option<Attributes>,
    pub(super) capacity: Option<ConsumedCapacity>,
}

impl Request<'_> {
    pub(super) fn decode(
        &self,
        results: Decoder<'_>,
        metadata: &dyn Metadata,
    ) -> Result<Page, ResponseError> {
        let mut reader = Reader::new(results, metadata);
        let mut page = Page::default();
        reader.fields(|field, reader| {
            match field {
                Field::Items => page.items = Some(self.decode_items(reader)?),
                Field::Count => page.count = decode_count(&mut reader.decoder)?,
                Field::ScannedCount => page.scanned_count = decode_count(&mut reader.decoder)?,
                Field::LastEvaluatedKey => page.last_key = Some(self.decode_last_key(&mut reader.decoder)?),
                Field::ConsumedCapacity => page.capacity = Some(capacity::decode(&mut reader.decoder)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        page.capacity = capacity::of_read(self.capacity, self.table, page.capacity);
        reader.finish(page)
    }

    fn decode_items(&self, reader: &mut Reader<'_, '_>) -> Result<Vec<Attributes>, ResponseError> {
        let mut items = Vec::new();
        reader.list(|reader| {
            items.push(self.decode_item(reader)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// A projected item, or else a pair of the key and the other attributes.
    fn decode_item(&self, reader: &mut Reader<'_, '_>) -> Result<Attributes, ResponseError> {
        if let Some(projection) = &self.plan.projection {
            return reader.attributes(Some(projection));
        }
        let (key, others) = reader.decoder.tuple(2, |decoder| {
            let key = decoder.bytes()?;
            Ok::<_, DecodeError>((key, decoder.bytes()?))
        })?;
        let mut item = reader.items.stored(&others)?;
        item.extend(self.plan.schema.decode_key(&key)?);
        Ok(item)
    }

    fn decode_last_key(&self, decoder: &mut Decoder<'_>) -> Result<Attributes, DecodeError> {
        let key = decoder.bytes()?;
        if self.of_index { decode_compound(&key) } else { self.plan.schema.decode_key(&key) }
    }
}

fn decode_count(decoder: &mut Decoder<'_>) -> Result<i32, DecodeError> {
    let count = decoder.int()?;
    i32::try_from(count).map_err(|_| DecodeError::OutOfRange { at: decoder.position() })
}
