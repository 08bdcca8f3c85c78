//! Transactions: they pass by the caches. What they write is read again when the client has its answer.

use std::sync::Arc;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::types::{Delete, Get, Put, TransactGetItem, TransactWriteItem, Update};
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::key::{Attributes, KeySchema};

use super::Service;
use super::batch::item_key;
use crate::backend::Send as _;
use crate::cache::{CachedItem, ItemKey};
use crate::node::NodeState;
use crate::server::Server;
use crate::wire::{Output, Request, TransactGet, TransactWrite};

/// Which item a transaction has written.
struct Written {
    key: ItemKey,
    attributes: Attributes,
}

impl Service<'_> {
    pub(super) async fn transact_get_items(
        self,
        request: &Request,
        get: &TransactGet,
    ) -> Result<Output, ServiceError> {
        let output = get.input.clone().send(self.server.backend()).await;
        self.answered(request, output).await.map(Output::TransactGetItems)
    }

    /// The items are stale in the cache for as long as it takes to read them.
    pub(super) async fn transact_write_items(
        self,
        request: &Request,
        transaction: &TransactWrite,
    ) -> Result<Output, ServiceError> {
        let output = transaction.input.clone().send(self.server.backend()).await;
        let output = self.answered(request, output).await?;
        let written = written(transaction);
        if !written.is_empty() {
            tokio::spawn(refresh(Arc::clone(self.server), Arc::clone(self.node), written));
        }
        Ok(Output::TransactWriteItems(output))
    }
}

/// Reads what was written, all at once. If that fails, it is not cached any more.
async fn refresh(server: Arc<Server>, node: Arc<NodeState>, written: Vec<Written>) {
    let order = server.tick();
    let gets = written.iter().map(get).collect::<Result<Vec<_>, _>>();
    let input = gets.and_then(|gets| TransactGetItemsInput::builder().set_transact_items(Some(gets)).build());
    let responses = match input {
        Ok(input) => {
            input.send(server.backend()).await.map_err(|error| DisplayErrorContext(error).to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    let keys = written.into_iter().map(|written| written.key);
    match responses {
        Ok(output) => {
            let items = output.responses.unwrap_or_default().into_iter().map(|response| response.item);
            let cached = items.map(|item| CachedItem::new(item, order, server.record_ttl()));
            server.spread(&node, keys.zip(cached).collect());
        }
        Err(error) => {
            tracing::warn!(error, "what a transaction has written could not be read");
            server.forget(&keys.collect::<Vec<_>>());
        }
    }
}

fn get(written: &Written) -> Result<TransactGetItem, aws_sdk_dynamodb::error::BuildError> {
    let get =
        Get::builder().table_name(&written.key.table).set_key(Some(written.attributes.clone())).build()?;
    Ok(TransactGetItem::builder().get(get).build())
}

/// All items that are not only checked.
fn written(transaction: &TransactWrite) -> Vec<Written> {
    let parts = transaction.input.transact_items().iter().zip(&transaction.tables);
    let written = |(part, (table, schema)): (&TransactWriteItem, &(String, Arc<KeySchema>))| {
        let item = target(part)?;
        Some(Written { key: item_key(table, schema, item)?, attributes: schema.key_of(item) })
    };
    parts.filter_map(written).collect()
}

/// Something with the key of what is written.
fn target(part: &TransactWriteItem) -> Option<&Attributes> {
    let put = part.put().map(Put::item);
    let update = || part.update().map(Update::key);
    let delete = || part.delete().map(Delete::key);
    put.or_else(update).or_else(delete)
}
