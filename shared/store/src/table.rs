//! The calls of DynamoDB, each with its deadline.

use std::{fmt, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    operation::{put_item::builders::PutItemFluentBuilder, update_item::builders::UpdateItemFluentBuilder},
    types::AttributeValue,
};
use pennon_domain::{EnvironmentId, Head, StoreError, error_chain};

use crate::{
    config::{Config, Deadlines},
    item::{self, Item, Key, PK, SK, Tip},
};

/// The first pause before a retry. The SDK's default of one second is longer than the whole budget of an evaluation.
const FIRST_BACKOFF: Duration = Duration::from_millis(25);
const MAX_BACKOFF: Duration = Duration::from_millis(200);
const ATTEMPTS: u32 = 3;

/// The tables.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// Projects, environments and their snapshots.
    pub(crate) core: Table,
    /// What was changed. Append-only.
    pub(crate) audit: Table,
    /// What may be forgotten.
    pub(crate) ops: Table,
}

/// One table.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// As it was given, without deadlines of ours: for making tables.
    pub(crate) client: Client,
    /// For single small items.
    point: Client,
    /// For what may move megabytes.
    pub(super) transfer: Client,
}

/// The items of a partition between two sort keys.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The index and its partition key attribute; `None` is the table itself.
    pub(crate) index: Option<(&'static str, &'static str)>,
    pub(crate) partition: String,
    pub(crate) range: Range,
    /// At most how many, at least 1; fewer come when they are large.
    pub(crate) limit: usize,
}

/// Which sort keys, and in which order.
#[derive(Clone, Debug)]
pub(crate) enum Range {
    /// From the first to the second, both included, ascending.
    Between(String, String),
    /// All that are less, descending.
    Before(String),
}

/// What a query found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    /// The sort key after which there may be more.
    pub(crate) last: Option<String>,
}

impl Tables {
    /// The tables that the configuration names, over that client's connections and credentials.
    pub(crate) fn new(client: Client, config: &Config) -> Self {
        let core = Table {
            name: config.core_table.clone(),
            point: with_deadlines(&client, config, config.point),
            transfer: with_deadlines(&client, config, config.transfer),
            client,
        };
        let named = |name: &String| Table { name: name.clone(), ..core.clone() };
        Self { audit: named(&config.audit_table), ops: named(&config.ops_table), core }
    }
}

impl Table {
    /// HEAD, strongly consistent. `None`: there is no such environment.
    pub(crate) async fn head(&self, environment: &EnvironmentId) -> Result<Option<Head>, StoreError> {
        let item = self.get(Key::head(environment), "reading HEAD").await?;
        item.map_or(Ok(None), |item| item::decode_head(environment, &item))
    }

    /// HEAD for a change, strongly consistent. `None`: there never was such an environment.
    pub(crate) async fn tip(&self, environment: &EnvironmentId) -> Result<Option<Tip>, StoreError> {
        let item = self.get(Key::head(environment), "reading HEAD").await?;
        item.map(|item| item::decode_tip(environment, &item)).transpose()
    }

    /// A snapshot chunk, strongly consistent. `None`: there is no such chunk.
    pub(crate) async fn chunk_item(
        &self,
        environment: &EnvironmentId,
        version: u64,
        index: u32,
    ) -> Result<Option<Item>, StoreError> {
        let key = Key::chunk(environment, version, index);
        self.get_over(&self.transfer, key, true, "reading a snapshot chunk").await
    }

    /// The data of a snapshot chunk, strongly consistent. `None`: there is no such chunk.
    pub(crate) async fn chunk(
        &self,
        environment: &EnvironmentId,
        version: u64,
        index: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let item = self.chunk_item(environment, version, index).await?;
        item.map(item::chunk_data).transpose()
    }

    /// The cheapest read there is.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.get_over(&self.point, Key::probe(), false, "probing the table").await.map(drop)
    }

    /// A small item, strongly consistent.
    pub(crate) async fn get(&self, key: Key, context: &'static str) -> Result<Option<Item>, StoreError> {
        self.get_over(&self.point, key, true, context).await
    }

    /// An item of any size, strongly consistent.
    pub(crate) async fn get_large(
        &self,
        key: Key,
        context: &'static str,
    ) -> Result<Option<Item>, StoreError> {
        self.get_over(&self.transfer, key, true, context).await
    }

    /// Items in their order; strongly consistent, where it is not of an index.
    pub(crate) async fn query(&self, query: &Query, context: &'static str) -> Result<Found, StoreError> {
        let partition = query.index.map_or(PK, |(_, partition)| partition);
        let request = self
            .transfer
            .query()
            .table_name(&self.name)
            .set_index_name(query.index.map(|(name, _)| name.to_owned()))
            .consistent_read(query.index.is_none())
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#partition", partition)
            .expression_attribute_names("#sort", SK)
            .expression_attribute_values(":partition", item::text(&query.partition));
        let request = match &query.range {
            Range::Between(from, to) => request
                .key_condition_expression("#partition = :partition AND #sort BETWEEN :from AND :to")
                .expression_attribute_values(":from", item::text(from))
                .expression_attribute_values(":to", item::text(to)),
            Range::Before(end) => request
                .key_condition_expression("#partition = :partition AND #sort < :end")
                .expression_attribute_values(":end", item::text(end))
                .scan_index_forward(false),
        };
        let answer = request.send().await.map_err(|error| unavailable(context, &error))?;
        let last = answer.last_evaluated_key.as_ref().and_then(|key| item::text_of(key, SK));
        Ok(Found { last: last.map(str::to_owned), items: answer.items.unwrap_or_default() })
    }

    /// Deletes an item, if it is there.
    pub(crate) async fn delete(&self, key: Key, context: &'static str) -> Result<(), StoreError> {
        let request = self.point.delete_item().table_name(&self.name).set_key(Some(key.attributes()));
        request.send().await.map(drop).map_err(|error| unavailable(context, &error))
    }

    /// A write of one item, to be completed.
    pub(crate) fn put_item(&self) -> PutItemFluentBuilder {
        self.transfer.put_item().table_name(&self.name)
    }

    /// A change of one item, to be completed.
    pub(crate) fn update_item(&self) -> UpdateItemFluentBuilder {
        self.point.update_item().table_name(&self.name)
    }

    async fn get_over(
        &self,
        client: &Client,
        key: Key,
        consistent: bool,
        context: &'static str,
    ) -> Result<Option<Item>, StoreError> {
        let request = client.get_item().table_name(&self.name).consistent_read(consistent);
        let request = request.key(PK, AttributeValue::S(key.pk)).key(SK, AttributeValue::S(key.sk));
        request.send().await.map(|answer| answer.item).map_err(|error| unavailable(context, &error))
    }
}

impl fmt::Debug for Table {
    /// Without the clients, which show all of their configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The error of a call that gave no answer.
pub(crate) fn unavailable(context: &'static str, cause: &(dyn std::error::Error + 'static)) -> StoreError {
    StoreError::Unavailable { context, source: Some(error_chain(cause).into()) }
}

fn with_deadlines(client: &Client, config: &Config, deadlines: Deadlines) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(config.connect_timeout)
        .operation_attempt_timeout(deadlines.attempt)
        .operation_timeout(deadlines.operation)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(MAX_BACKOFF);
    Client::from_conf(client.config().to_builder().timeout_config(timeouts).retry_config(retries).build())
}
