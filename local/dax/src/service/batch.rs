//! Reading and writing items of several tables at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::key::{Attributes, KeySchema};

use super::Service;
use crate::backend::Send as _;
use crate::cache::{CachedItem, Found, ItemKey};
use crate::wire::{BatchGet, BatchWrite, Output, Request};

/// A key of a `BatchGetItem`.
struct Wanted<'b> {
    key: ItemKey,
    attributes: &'b Attributes,
    /// What is asked of the table, all keys of it.
    of: &'b KeysAndAttributes,
}

/// A part of a `BatchWriteItem`.
struct Change<'b> {
    key: ItemKey,
    write: &'b WriteRequest,
}

type WriteRequests = HashMap<String, Vec<WriteRequest>>;

impl Service<'_> {
    /// What is cached from the item cache, and the rest from DynamoDB, in one call. Tables that are to be read with
    /// strong consistency are not looked for in the cache, nor kept there.
    pub(super) async fn batch_get_item(
        self,
        request: &Request,
        batch: &BatchGet,
        unprocessed: usize,
    ) -> Result<Output, ServiceError> {
        let mut wanted = wanted(batch);
        let left = cut(&mut wanted, unprocessed);
        let mut items = HashMap::new();
        let mut missing = Vec::new();
        for part in &wanted {
            match (!part.is_consistent()).then(|| self.find(&part.key)).flatten() {
                Some(Found::Item(item)) => drop(items.insert(part.key.clone(), Arc::unwrap_or_clone(item))),
                Some(Found::Nothing) => {}
                None => missing.push(part),
            }
        }
        let mut output = BatchGetItemOutput::builder().build();
        if !missing.is_empty() {
            output = self.fetch(request, batch, &missing, &mut items).await?;
        }
        let mut responses: HashMap<String, Vec<Attributes>> = HashMap::new();
        for part in &wanted {
            // A table is there even if none of its items is.
            let found = responses.entry(part.key.table.clone()).or_default();
            found.extend(items.remove(&part.key));
        }
        output.responses = Some(responses);
        for part in &left {
            part.add_to(output.unprocessed_keys.get_or_insert_default());
        }
        Ok(Output::BatchGetItem(output))
    }

    /// Asks DynamoDB, tells the caches, and adds to `items` what is there.
    async fn fetch(
        self,
        request: &Request,
        batch: &BatchGet,
        missing: &[&Wanted<'_>],
        items: &mut HashMap<ItemKey, Attributes>,
    ) -> Result<BatchGetItemOutput, ServiceError> {
        let order = self.server.tick();
        let mut input = batch.input.clone();
        let asked = input.request_items.insert(HashMap::new());
        for part in missing {
            part.add_to(asked);
        }
        let mut output = self.answered(request, input.send(self.server.backend()).await).await?;
        let mut unread = HashSet::new();
        for (table, keys) in output.unprocessed_keys.iter().flatten() {
            unread.extend(keys.keys.iter().filter_map(|key| item_key(table, schema(batch, table)?, key)));
        }
        for (table, found) in output.responses.take().unwrap_or_default() {
            let Some(schema) = schema(batch, &table) else { continue };
            items.extend(found.into_iter().filter_map(|item| Some((item_key(&table, schema, &item)?, item))));
        }
        let read = missing.iter().filter(|part| !part.is_consistent() && !unread.contains(&part.key));
        let ttl = self.server.record_ttl();
        let cached = |part: &&Wanted<'_>| {
            let item = items.get(&part.key).cloned();
            (part.key.clone(), CachedItem::new(item, order, ttl))
        };
        self.server.spread(self.node, read.map(cached).collect());
        Ok(output)
    }

    /// DynamoDB first, then the item cache: what DynamoDB did not process is not cached.
    pub(super) async fn batch_write_item(
        self,
        request: &Request,
        batch: &BatchWrite,
        unprocessed: usize,
    ) -> Result<Output, ServiceError> {
        let mut changes = changes(batch);
        let left = cut(&mut changes, unprocessed);
        let mut output = BatchWriteItemOutput::builder().build();
        if !changes.is_empty() {
            let mut input = batch.input.clone();
            let asked = input.request_items.insert(HashMap::new());
            for change in &changes {
                change.add_to(asked);
            }
            output = self.answered(request, input.send(self.server.backend()).await).await?;
        }
        let unwritten = output.unprocessed_items.get_or_insert_default();
        let refused: HashSet<_> = changes_of(batch, unwritten).map(|change| change.key).collect();
        let (order, ttl) = (self.server.tick(), self.server.record_ttl());
        let written = changes.iter().filter(|change| !refused.contains(&change.key));
        let cached = |change: &Change<'_>| {
            let item = change.write.put_request().map(|put| put.item().clone());
            (change.key.clone(), CachedItem::new(item, order, ttl))
        };
        self.server.spread(self.node, written.map(cached).collect());
        for change in &left {
            change.add_to(unwritten);
        }
        Ok(Output::BatchWriteItem(output))
    }
}

impl Wanted<'_> {
    fn is_consistent(&self) -> bool {
        self.of.consistent_read() == Some(true)
    }

    /// Adds the key to those that are asked of its table, under the same conditions.
    fn add_to(&self, asked: &mut HashMap<String, KeysAndAttributes>) {
        let of_table = asked.entry(self.key.table.clone()).or_insert_with(|| {
            let mut none = self.of.clone();
            none.keys.clear();
            none
        });
        of_table.keys.push(self.attributes.clone());
    }
}

impl Change<'_> {
    fn add_to(&self, asked: &mut WriteRequests) {
        asked.entry(self.key.table.clone()).or_default().push(self.write.clone());
    }
}

/// All keys, the tables in the order of their names.
fn wanted(batch: &BatchGet) -> Vec<Wanted<'_>> {
    let mut wanted = Vec::new();
    for (table, plan) in &batch.tables {
        let Some(of) = batch.input.request_items().and_then(|items| items.get(table)) else { continue };
        let keys = plan.keys.iter().zip(&of.keys);
        wanted.extend(keys.map(|(key, attributes)| {
            let key = ItemKey { table: table.clone(), key: key.clone() };
            Wanted { key, attributes, of }
        }));
    }
    wanted
}

/// All changes, the tables in the order of their names.
fn changes(batch: &BatchWrite) -> Vec<Change<'_>> {
    let mut changes: Vec<_> =
        batch.input.request_items().map(|items| changes_of(batch, items)).into_iter().flatten().collect();
    changes.sort_by(|one, other| one.key.table.cmp(&other.key.table));
    changes
}

fn changes_of<'b>(batch: &BatchWrite, writes: &'b WriteRequests) -> impl Iterator<Item = Change<'b>> {
    writes.iter().flat_map(|(table, writes)| {
        let schema = batch.schemas.get(table);
        writes.iter().filter_map(move |write| {
            let put = write.put_request().map(PutRequest::item);
            let item = put.or_else(|| write.delete_request().map(DeleteRequest::key))?;
            Some(Change { key: item_key(table, schema?, item)?, write })
        })
    })
}

/// Takes so many from the end.
fn cut<T>(parts: &mut Vec<T>, count: usize) -> Vec<T> {
    parts.split_off(parts.len().saturating_sub(count))
}

fn schema<'b>(batch: &'b BatchGet, table: &str) -> Option<&'b KeySchema> {
    batch.tables.get(table).map(|table| &*table.schema)
}

/// The key of an item that may have other attributes as well; `None` if it has no key of that table.
pub(super) fn item_key(table: &str, schema: &KeySchema, item: &Attributes) -> Option<ItemKey> {
    let mut key = Vec::new();
    schema.encode_key_of(item, &mut key).ok()?;
    Some(ItemKey { table: table.to_owned(), key })
}
