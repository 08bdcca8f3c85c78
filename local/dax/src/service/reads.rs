//! Reading one item, or a page of them.

use std::sync::Arc;

use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use dax_client::protocol::error::ServiceError;

use super::Service;
use crate::backend::{self, Send as _};
use crate::cache::{CachedItem, Found, ItemKey};
use crate::sync::lock;
use crate::wire::{Data, Get, Output, Page, Refusal, Request};

impl Service<'_> {
    /// From the item cache, unless the read is strongly consistent: then the cache is neither asked nor told.
    pub(super) async fn get_item(self, request: &Request, get: &Get) -> Result<Output, ServiceError> {
        let input = get.input.clone();
        if input.consistent_read == Some(true) {
            let output = input.send(self.server.backend()).await;
            return self.answered(request, output).await.map(Output::GetItem);
        }
        let table = input.table_name.clone().unwrap_or_default();
        let key = ItemKey { table, key: get.key.clone() };
        if let Some(found) = self.find(&key) {
            let item = match found {
                Found::Item(item) => Some(Arc::unwrap_or_clone(item)),
                Found::Nothing => None,
            };
            return Ok(Output::GetItem(GetItemOutput::builder().set_item(item).build()));
        }
        let order = self.server.tick();
        let output = self.answered(request, input.send(self.server.backend()).await).await?;
        let cached = CachedItem::new(output.item.clone(), order, self.server.record_ttl());
        self.server.spread(self.node, vec![(key, cached)]);
        Ok(Output::GetItem(output))
    }

    pub(super) async fn query(
        self,
        request: &Request,
        page: &Page<QueryInput>,
        data: &Data,
    ) -> Result<Output, ServiceError> {
        let is_consistent = page.input.consistent_read == Some(true);
        self.page(request, page, data, is_consistent, Output::Query).await
    }

    pub(super) async fn scan(
        self,
        request: &Request,
        page: &Page<ScanInput>,
        data: &Data,
    ) -> Result<Output, ServiceError> {
        let is_consistent = page.input.consistent_read == Some(true);
        self.page(request, page, data, is_consistent, Output::Scan).await
    }

    /// From the query cache, unless the read is strongly consistent.
    async fn page<I>(
        self,
        request: &Request,
        page: &Page<I>,
        data: &Data,
        is_consistent: bool,
        into_output: fn(I::Output) -> Output,
    ) -> Result<Output, ServiceError>
    where
        I: backend::Send + Clone,
        I::Error: Refusal,
    {
        if !is_consistent && let Some(output) = self.find_page(data) {
            return Ok(output);
        }
        let output = page.input.clone().send(self.server.backend()).await;
        let output = into_output(self.answered(request, output).await?);
        if !is_consistent {
            let cached = without_capacity(output.clone());
            lock(&self.node.queries).put(data.method, data.arguments.clone(), cached);
        }
        Ok(output)
    }

    /// What the item cache has, which is counted.
    pub(super) fn find(self, key: &ItemKey) -> Option<Found> {
        let found = lock(&self.node.items).get(key);
        let mut counters = self.node.count();
        match found {
            Some(Found::Item(_)) => counters.item_hits += 1,
            Some(Found::Nothing) => counters.negative_hits += 1,
            None => counters.item_misses += 1,
        }
        found
    }

    /// What the query cache has, which is counted.
    fn find_page(self, data: &Data) -> Option<Output> {
        let found = lock(&self.node.queries).get(data.method, &data.arguments);
        let mut counters = self.node.count();
        match found {
            Some(_) => counters.query_hits += 1,
            None => counters.query_misses += 1,
        }
        found
    }
}

/// A page as it is found again: it takes no capacity then.
fn without_capacity(output: Output) -> Output {
    match output {
        Output::Query(mut page) => {
            page.consumed_capacity = None;
            Output::Query(page)
        }
        Output::Scan(mut page) => {
            page.consumed_capacity = None;
            Output::Scan(page)
        }
        other => other,
    }
}
