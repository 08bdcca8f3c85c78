//! The calls of DynamoDB, each with its deadline.

use std::{fmt, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason, TransactWriteItem},
};
use pennon_domain::{EnvironmentId, Head, StoreError, error_chain};

use crate::{
    config::{Config, Deadlines},
    item::{self, Item, Key, PK, SK},
};

/// The first pause before a retry. The SDK's default of one second is longer than the whole budget of an evaluation.
const FIRST_BACKOFF: Duration = Duration::from_millis(25);
const MAX_BACKOFF: Duration = Duration::from_millis(200);
const ATTEMPTS: u32 = 3;

/// The `core` table.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// As it was given, without deadlines of ours: for making tables.
    pub(crate) client: Client,
    /// For single small items.
    point: Client,
    /// For what may move megabytes.
    transfer: Client,
}

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum TransactError {
    /// Somebody else wrote to one of the items first, or at the same moment. Nothing was written.
    LostRace,
    /// DynamoDB refused it for its load. Nothing was written.
    Throttled,
    /// Anything else. It may have been written.
    Failed(StoreError),
}

impl Table {
    /// The table that the configuration names, over that client's connections and credentials.
    pub(crate) fn new(client: Client, config: &Config) -> Self {
        Self {
            name: config.core_table.clone(),
            point: with_deadlines(&client, config, config.point),
            transfer: with_deadlines(&client, config, config.transfer),
            client,
        }
    }

    /// HEAD, strongly consistent. `None`: there is no such environment.
    pub(crate) async fn head(&self, environment: &EnvironmentId) -> Result<Option<Head>, StoreError> {
        let item = self.get(&self.point, Key::head(environment), true, "reading HEAD").await?;
        item.map(|item| item::decode_head(environment, &item)).transpose()
    }

    /// The data of a snapshot chunk, strongly consistent. `None`: there is no such chunk.
    pub(crate) async fn chunk(
        &self,
        environment: &EnvironmentId,
        version: u64,
        index: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = Key::chunk(environment, version, index);
        let item = self.get(&self.transfer, key, true, "reading a snapshot chunk").await?;
        item.map(item::decode_chunk).transpose()
    }

    /// The cheapest read there is.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.get(&self.point, Key::probe(), false, "probing the table").await.map(drop)
    }

    /// Writes all the items, or none. The token makes the SDK's retry of an attempt with an unknown outcome harmless.
    pub(crate) async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        token: String,
    ) -> Result<(), TransactError> {
        let request = self.transfer.transact_write_items().set_transact_items(Some(items));
        request.client_request_token(token).send().await.map(drop).map_err(|error| classify(&error))
    }

    async fn get(
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

fn classify<R>(error: &SdkError<TransactWriteItemsError, R>) -> TransactError
where
    R: fmt::Debug + Send + Sync + 'static,
{
    let failed = || TransactError::Failed(unavailable("publishing", error));
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => TransactError::LostRace,
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let codes: Vec<_> =
                cancelled.cancellation_reasons().iter().filter_map(CancellationReason::code).collect();
            let any = |wanted: &[&str]| codes.iter().any(|code| wanted.contains(code));
            if any(&["ConditionalCheckFailed", "TransactionConflict"]) {
                TransactError::LostRace
            } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
                TransactError::Throttled
            } else {
                failed()
            }
        }
        _ => failed(),
    }
}
