//! `TransactWriteItems`: nine arguments, most of which are columns with one entry for each part of the transaction.

use std::collections::HashSet;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;

use super::common::{Item, check_length, key_bytes, key_schemas};
use super::expressions::Expressions;
use super::parameter::{Parameter, Parameters, numbered};
use super::part::Part;
use super::{MAX_TRANSACTION, RequestError, TablesPlan};
use crate::protocol::cbor::Encoder;
use crate::protocol::expression::Kind;
use crate::protocol::key::KeySchema;
use crate::protocol::lookup::{Lookups, Metadata};
use crate::protocol::method::Method;

pub(crate) fn encode(
    input: &TransactWriteItemsInput,
    metadata: &dyn Metadata,
) -> Result<(Vec<u8>, TablesPlan), RequestError> {
    check_length("transactItems", input.transact_items().len(), MAX_TRANSACTION)?;
    let capacity = numbered(input.return_consumed_capacity())?;
    let metrics = numbered(input.return_item_collection_metrics())?;
    let parts: Vec<_> = input.transact_items().iter().map(Part::of).collect::<Result<_, _>>()?;
    let expressions: Vec<_> = parts.iter().map(encode_expressions).collect::<Result<_, _>>()?;
    let on_failure: Vec<_> = parts.iter().map(on_failure).collect::<Result<_, _>>()?;
    let schemas = key_schemas(metadata, parts.iter().map(|part| part.table))?;
    let mut lookups = Lookups::new(metadata);
    let mut contents = Vec::with_capacity(parts.len());
    for part in &parts {
        let schema = schemas.get(part.table).ok_or(RequestError::Missing("tableName"))?;
        contents.extend(Content::of(part, schema, &mut lookups)?);
    }
    let contents = lookups.finish(Some(contents)).map_err(RequestError::Lookups)?;
    check_distinct(&parts, &contents)?;

    let mut bytes = Vec::new();
    let mut out = Encoder::new(&mut bytes);
    Method::TransactWriteItems.encode(&mut out);
    column(&mut out, &parts, |out, part| out.unsigned(part.action.number()));
    column(&mut out, &parts, |out, part| out.bytes(part.table.as_bytes()));
    column(&mut out, &contents, |out, content| out.bytes(content.key()));
    out.array(contents.len());
    contents.iter().try_for_each(|content| content.encode_others(&mut out))?;
    out.null();
    column(&mut out, &on_failure, |out, number| out.unsigned(*number));
    column(&mut out, &expressions, |out, (condition, _)| optional(out, condition.as_deref()));
    column(&mut out, &expressions, |out, (_, update)| optional(out, update.as_deref()));
    let mut parameters = Parameters::begin(&mut out);
    parameters.number(Parameter::ReturnConsumedCapacity, capacity);
    parameters.number(Parameter::ReturnItemCollectionMetrics, metrics);
    parameters.text(Parameter::ClientRequestToken, input.client_request_token());
    parameters.end();
    Ok((bytes, TablesPlan { schemas }))
}

/// Key and other attributes of a part.
enum Content<'a> {
    Key(Vec<u8>),
    Item(Item<'a>),
}

impl<'a> Content<'a> {
    /// `None` if something must be looked up.
    fn of(
        part: &Part<'a>,
        schema: &KeySchema,
        lookups: &mut Lookups<'_>,
    ) -> Result<Option<Self>, RequestError> {
        if part.action.has_item() {
            return Ok(Item::split(part.attributes, schema, lookups)?.map(Self::Item));
        }
        Ok(Some(Self::Key(key_bytes(schema, part.attributes)?)))
    }

    fn key(&self) -> &[u8] {
        match self {
            Self::Key(key) => key,
            Self::Item(item) => &item.key,
        }
    }

    fn encode_others(&self, out: &mut Encoder<'_>) -> Result<(), RequestError> {
        match self {
            Self::Key(_) => {
                out.null();
            }
            Self::Item(item) => item.encode_others(out)?,
        }
        Ok(())
    }
}

type Encoded = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The condition and the update of a part.
fn encode_expressions(part: &Part<'_>) -> Result<Encoded, RequestError> {
    let mut expressions = Expressions::new(part.names, part.values)?;
    let condition = expressions.condition(Kind::Condition, part.condition)?;
    let update = expressions.update(part.update)?;
    expressions.finish()?;
    Ok((condition, update))
}

/// DynamoDB refuses two parts about one item.
fn check_distinct(parts: &[Part<'_>], contents: &[Content<'_>]) -> Result<(), RequestError> {
    let mut seen = HashSet::new();
    let mut items = parts.iter().zip(contents).map(|(part, content)| (part.table, content.key()));
    if items.all(|item| seen.insert(item)) { Ok(()) } else { Err(RequestError::DuplicateKeys) }
}

/// What a part wants back if its condition fails.
fn on_failure(part: &Part<'_>) -> Result<u64, RequestError> {
    const NOTHING: u64 = 1;
    Ok(numbered(part.on_failure)?.unwrap_or(NOTHING))
}

fn column<'e, T>(
    out: &mut Encoder<'e>,
    entries: &[T],
    encode: impl for<'o> Fn(&'o mut Encoder<'e>, &T) -> &'o mut Encoder<'e>,
) {
    out.array(entries.len());
    for entry in entries {
        encode(out, entry);
    }
}

fn optional<'o, 'e>(out: &'o mut Encoder<'e>, bytes: Option<&[u8]>) -> &'o mut Encoder<'e> {
    match bytes {
        Some(bytes) => out.bytes(bytes),
        None => out.null(),
    }
}
