//! What several responses have in common.

use super::ResponseError;
use crate::protocol::cbor::{DecodeError, Decoder, Type};
use crate::protocol::expression::Projection;
use crate::protocol::item::{StoredItem, decode_projected};
use crate::protocol::key::Attributes;
use crate::protocol::lookup::{Lookups, Metadata};

/// The number of a field in the results of the single-item methods, `Query` and `Scan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `Item`
    Item = 0,
    /// `ConsumedCapacity`
    ConsumedCapacity = 1,
    /// `Attributes`
    Attributes = 2,
    /// `ItemCollectionMetrics`
    ItemCollectionMetrics = 3,
    /// `Items`
    Items = 7,
    /// `Count`
    Count = 8,
    /// `LastEvaluatedKey`
    LastEvaluatedKey = 9,
    /// `ScannedCount`
    ScannedCount = 10,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Item,
        Self::ConsumedCapacity,
        Self::Attributes,
        Self::ItemCollectionMetrics,
        Self::Items,
        Self::Count,
        Self::LastEvaluatedKey,
        Self::ScannedCount,
    ];

    /// The field with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|field| *field as i64 == number)
    }
}

/// Reads results, and collects the lists that it would need to know.
pub(super) struct Reader<'a, 'm> {
    pub(super) decoder: Decoder<'a>,
    pub(super) items: ItemReader<'m>,
}

impl<'a, 'm> Reader<'a, 'm> {
    pub(super) fn new(decoder: Decoder<'a>, metadata: &'m dyn Metadata) -> Self {
        Self { decoder, items: ItemReader { lookups: Lookups::new(metadata) } }
    }

    /// Reads a map of fields, or nothing. `read` must take the value of the field, or say that it did not.
    ///
    /// Of deletions that found nothing it has been said that an empty array comes instead of nothing.
    pub(super) fn fields(
        &mut self,
        mut read: impl FnMut(Field, &mut Self) -> Result<bool, ResponseError>,
    ) -> Result<(), ResponseError> {
        if self.decoder.take_null()? || self.take_empty_array()? {
            return Ok(());
        }
        let mut fields = self.decoder.map()?;
        while fields.next(&mut self.decoder)? {
            let field = Field::from_number(self.decoder.int()?);
            if self.decoder.take_null()? {
                continue;
            }
            let taken = match field {
                Some(field) => read(field, self)?,
                None => false,
            };
            if !taken {
                self.decoder.skip()?;
            }
        }
        Ok(())
    }

    /// Reads an array. A `null` is an empty one.
    pub(super) fn list(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<(), ResponseError>,
    ) -> Result<(), ResponseError> {
        if self.decoder.take_null()? {
            return Ok(());
        }
        let mut entries = self.decoder.array()?;
        while entries.next(&mut self.decoder)? {
            read(self)?;
        }
        Ok(())
    }

    /// Reads an array of so many entries; `read` must take them.
    pub(super) fn tuple<T>(
        &mut self,
        count: usize,
        read: impl FnOnce(&mut Self) -> Result<T, ResponseError>,
    ) -> Result<T, ResponseError> {
        const LENGTH: DecodeError = DecodeError::Malformed("the length of an array");
        let mut entries = self.decoder.array()?;
        for _ in 0..count {
            if !entries.next(&mut self.decoder)? {
                return Err(LENGTH.into());
            }
        }
        let result = read(self)?;
        if entries.next(&mut self.decoder)? { Err(LENGTH.into()) } else { Ok(result) }
    }

    /// Reads an array whose entries come in pairs; `read` must take two.
    pub(super) fn pairs(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<(), ResponseError>,
    ) -> Result<(), ResponseError> {
        if self.decoder.take_null()? {
            return Ok(());
        }
        let mut entries = self.decoder.array()?;
        while entries.next(&mut self.decoder)? {
            // The second is counted before both are taken: it makes sure that there is one.
            if !entries.next(&mut self.decoder)? {
                return Err(DecodeError::Malformed("an array of pairs").into());
            }
            read(self)?;
        }
        Ok(())
    }

    /// Reads a map whose keys are the names of tables. A `null` is an empty one.
    pub(super) fn tables(
        &mut self,
        mut read: impl FnMut(String, &mut Self) -> Result<(), ResponseError>,
    ) -> Result<(), ResponseError> {
        if self.decoder.take_null()? {
            return Ok(());
        }
        let mut entries = self.decoder.map()?;
        while entries.next(&mut self.decoder)? {
            let table = self.decoder.text()?.into_owned();
            read(table, self)?;
        }
        Ok(())
    }

    /// Reads the attributes of an item as it is stored, or as a projection asks for them. The key is not among the
    /// former.
    pub(super) fn attributes(
        &mut self,
        projection: Option<&Projection>,
    ) -> Result<Attributes, ResponseError> {
        match projection {
            Some(projection) => Ok(decode_projected(&mut self.decoder, projection.paths())?),
            None => self.items.stored(&self.decoder.bytes()?),
        }
    }

    /// Ends the results: nothing may be left, and nothing may have been missing.
    pub(super) fn finish<T>(self, output: T) -> Result<T, ResponseError> {
        self.decoder.finish()?;
        self.items.finish(output)
    }

    fn take_empty_array(&mut self) -> Result<bool, DecodeError> {
        let mut ahead = self.decoder.clone();
        let is_empty = ahead.peek()? == Type::Array && !ahead.array()?.next(&mut ahead)?;
        if is_empty {
            self.decoder = ahead;
        }
        Ok(is_empty)
    }
}

/// Gives stored attributes their names.
pub(super) struct ItemReader<'m> {
    lookups: Lookups<'m>,
}

impl<'m> ItemReader<'m> {
    pub(super) fn new(metadata: &'m dyn Metadata) -> Self {
        Self { lookups: Lookups::new(metadata) }
    }

    /// The attributes of an item, without its key. None at all if its list must be looked up.
    pub(super) fn stored(&mut self, content: &[u8]) -> Result<Attributes, ResponseError> {
        self.named(content, StoredItem::attributes)
    }

    /// The attributes that an update touched. None at all if the list must be looked up.
    pub(super) fn updated(&mut self, content: &[u8]) -> Result<Attributes, ResponseError> {
        self.named(content, StoredItem::updated_attributes)
    }

    pub(super) fn finish<T>(self, output: T) -> Result<T, ResponseError> {
        self.lookups.finish(Some(output)).map_err(ResponseError::Lookups)
    }

    fn named<'c>(
        &mut self,
        content: &'c [u8],
        read: impl FnOnce(StoredItem<'c>, &[String]) -> Result<Attributes, DecodeError>,
    ) -> Result<Attributes, ResponseError> {
        let item = StoredItem::parse(content)?;
        let list = item.list();
        match self.lookups.attribute_list(list) {
            Some(names) => read(item, &names).map_err(|source| ResponseError::StaleList { list, source }),
            None => Ok(Attributes::new()),
        }
    }
}
