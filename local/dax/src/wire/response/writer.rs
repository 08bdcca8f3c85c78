//! What several responses have in common.

use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::expression::{DocumentPath, PathStep};
use dax_client::protocol::item::NonKeyAttributes;
use dax_client::protocol::key::{Attributes, KeySchema};
use dax_client::protocol::lookup::{Lookups, Metadata};
use dax_client::protocol::response::Field;
use dax_client::protocol::value;

use super::super::CallError;
use super::super::request::Projection;
use super::Style;

/// Writes results, and collects the lists that it would need to know.
pub(super) struct Writer<'o, 'm> {
    pub(super) out: Encoder<'o>,
    pub(super) style: Style,
    lookups: Lookups<'m>,
}

impl<'o, 'm> Writer<'o, 'm> {
    /// Begins a response that is no error.
    pub(super) fn begin(style: Style, metadata: &'m dyn Metadata, out: &'o mut Vec<u8>) -> Self {
        let mut out = Encoder::new(out);
        out.array(0);
        Self { out, style, lookups: Lookups::new(metadata) }
    }

    /// Ends it: nothing may have been missing.
    pub(super) fn finish(self) -> Result<(), CallError> {
        self.lookups.finish(Some(())).map_err(CallError::Lookups)
    }

    /// A map of `count` pairs, which `write` must write.
    pub(super) fn map(
        &mut self,
        count: usize,
        write: impl FnOnce(&mut Self) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        self.style.begin_map(count, &mut self.out);
        write(self)?;
        self.style.end(&mut self.out);
        Ok(())
    }

    /// An array of values, one for each of `entries`.
    pub(super) fn array<T>(
        &mut self,
        entries: &[T],
        mut write: impl FnMut(&mut Self, &T) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        match self.style {
            Style::Definite => self.out.array(entries.len()),
            Style::Indefinite => self.out.begin_array(),
        };
        entries.iter().try_for_each(|entry| write(self, entry))?;
        self.style.end(&mut self.out);
        Ok(())
    }

    /// The key of a field; its value must follow.
    pub(super) fn field(&mut self, field: Field) -> &mut Encoder<'o> {
        self.out.unsigned(field as u64)
    }

    /// The key of an item, as a byte string.
    pub(super) fn key(&mut self, schema: &KeySchema, item: &Attributes) -> Result<(), CallError> {
        let mut key = Vec::new();
        schema.encode_key_of(item, &mut key)?;
        self.out.bytes(&key);
        Ok(())
    }

    /// What an item has besides its key, as a byte string.
    pub(super) fn blob(&mut self, schema: &KeySchema, item: &Attributes) -> Result<(), CallError> {
        let others = NonKeyAttributes::of(item, schema);
        let names: Vec<_> = others.names().collect();
        if let Some(list) = self.lookups.attribute_list_id(&names) {
            others.encode(list, &mut self.out)?;
        }
        Ok(())
    }

    /// What an update touched: a byte string with a list, and values by their positions on it.
    pub(super) fn touched(&mut self, attributes: &Attributes) -> Result<(), CallError> {
        let mut sorted: Vec<_> = attributes.iter().collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let names: Vec<_> = sorted.iter().map(|(name, _)| name.as_str()).collect();
        let Some(list) = self.lookups.attribute_list_id(&names) else { return Ok(()) };
        let (style, values) = (self.style, sorted.into_iter().map(|(_, value)| value));
        let write = |out: &mut Encoder<'_>| {
            style.begin_map(values.len(), out.int(list));
            for (position, value) in (0..).zip(values) {
                value::encode(out.unsigned(position), value)?;
            }
            style.end(out);
            Ok::<_, CallError>(())
        };
        self.out.nested(write)?;
        Ok(())
    }

    /// What a projection takes out of an item: values by the positions of their paths. Paths that lead nowhere are left
    /// out.
    pub(super) fn projected(&mut self, projection: &Projection, item: &Attributes) -> Result<(), CallError> {
        let values =
            (0..).zip(projection).filter_map(|(position, path)| Some((position, follow(path, item)?)));
        let values: Vec<(u64, _)> = values.collect();
        self.map(values.len(), |writer| {
            for (position, value) in values {
                value::encode(writer.out.unsigned(position), value)?;
            }
            Ok(())
        })
    }

    /// An item without its key, or what a projection takes out of it.
    pub(super) fn item(
        &mut self,
        schema: &KeySchema,
        projection: Option<&Projection>,
        item: &Attributes,
    ) -> Result<(), CallError> {
        match projection {
            Some(projection) => self.projected(projection, item),
            None => self.blob(schema, item),
        }
    }
}

impl Style {
    /// The head of a map of `count` pairs.
    pub(super) fn begin_map(self, count: usize, out: &mut Encoder<'_>) {
        match self {
            Self::Definite => out.map(count),
            Self::Indefinite => out.begin_map(),
        };
    }

    /// What comes after the last value of a map or array.
    pub(super) fn end(self, out: &mut Encoder<'_>) {
        if self == Self::Indefinite {
            out.end();
        }
    }
}

/// What an item has besides its key. `None` if its list must be looked up.
pub(in super::super) fn encode_blob(
    item: &Attributes,
    schema: &KeySchema,
    lookups: &mut Lookups<'_>,
) -> Result<Option<Vec<u8>>, CallError> {
    let others = NonKeyAttributes::of(item, schema);
    let names: Vec<_> = others.names().collect();
    let Some(list) = lookups.attribute_list_id(&names) else { return Ok(None) };
    let mut bytes = Vec::new();
    others.encode(list, &mut Encoder::new(&mut bytes))?;
    Ok(Some(Decoder::new(&bytes).bytes()?.into_owned()))
}

/// The value at the end of a path.
fn follow<'i>(path: &DocumentPath, item: &'i Attributes) -> Option<&'i AttributeValue> {
    path.steps.iter().try_fold(item.get(&path.root)?, |value, step| match (step, value) {
        (PathStep::Member(name), AttributeValue::M(members)) => members.get(name),
        (PathStep::Index(index), AttributeValue::L(elements)) => elements.get(usize::try_from(*index).ok()?),
        _ => None,
    })
}
