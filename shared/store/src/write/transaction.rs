//! One `TransactWriteItems`: all of it is written, or nothing.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, Delete, Put, TransactWriteItem},
};
use pennon_domain::StoreError;

use crate::{
    item::{self, Item, Key, PK},
    table::{Table, unavailable},
};

const CONTEXT: &str = "writing a change";

/// The writes of a change. At most 100, of different items: HEAD, eight chunks, the audit row, the answer, a project and an
/// environment, and as many SDK keys as fit into HEAD.
#[derive(Debug, Default)]
pub(crate) struct Transaction(Vec<TransactWriteItem>);

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum TransactError {
    /// Somebody else wrote to one of the items first, or at the same moment. Nothing was written.
    LostRace,
    /// DynamoDB refused it for its load. Nothing was written.
    Throttled,
    /// DynamoDB refused it for what it is: trying again is no use. Nothing was written.
    Rejected(StoreError),
    /// Anything else. It may have been written.
    Unknown(StoreError),
}

impl Transaction {
    /// Writes an item that must not exist.
    pub(crate) fn put_new(&mut self, table: &Table, item: Item) -> Result<(), StoreError> {
        let put = Put::builder()
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        self.put_if(table, item, put)
    }

    /// Writes an item over one that must have those attributes.
    pub(crate) fn put_over(
        &mut self,
        table: &Table,
        item: Item,
        expected: &[(&str, u64)],
    ) -> Result<(), StoreError> {
        let condition: Vec<_> = (0..expected.len()).map(|index| format!("#a{index} = :v{index}")).collect();
        let mut put = Put::builder().condition_expression(condition.join(" AND "));
        for (index, (name, value)) in expected.iter().enumerate() {
            put = put
                .expression_attribute_names(format!("#a{index}"), *name)
                .expression_attribute_values(format!(":v{index}"), item::number(*value));
        }
        self.put_if(table, item, put)
    }

    /// Writes an item that must not exist, or must have expired: `attribute`, in seconds, is not after `now`.
    pub(crate) fn put_over_expired(
        &mut self,
        table: &Table,
        item: Item,
        attribute: &str,
        now: u64,
    ) -> Result<(), StoreError> {
        let put = Put::builder()
            .condition_expression("attribute_not_exists(#pk) OR #expires <= :now")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#expires", attribute)
            .expression_attribute_values(":now", item::number(now));
        self.put_if(table, item, put)
    }

    /// Writes an item, whatever is there.
    pub(crate) fn put(&mut self, table: &Table, item: Item) -> Result<(), StoreError> {
        self.put_if(table, item, Put::builder())
    }

    /// Deletes an item, if it is there.
    pub(crate) fn delete(&mut self, table: &Table, key: Key) -> Result<(), StoreError> {
        let delete = Delete::builder().table_name(&table.name).set_key(Some(key.attributes())).build();
        self.0.push(TransactWriteItem::builder().delete(delete.map_err(malformed)?).build());
        Ok(())
    }

    /// Deletes an item that must have that attribute.
    pub(crate) fn delete_over(
        &mut self,
        table: &Table,
        key: Key,
        attribute: &str,
        value: u64,
    ) -> Result<(), StoreError> {
        let delete = Delete::builder()
            .table_name(&table.name)
            .set_key(Some(key.attributes()))
            .condition_expression("#a = :v")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":v", item::number(value))
            .build();
        self.0.push(TransactWriteItem::builder().delete(delete.map_err(malformed)?).build());
        Ok(())
    }

    /// Does all of it, or nothing. The token makes the SDK's retry of an attempt with an unknown outcome harmless, for ten minutes.
    pub(crate) async fn send(self, over: &Table) -> Result<(), TransactError> {
        let request = over.transfer.transact_write_items().set_transact_items(Some(self.0));
        request.client_request_token(token()).send().await.map(drop).map_err(|error| classify(&error))
    }

    fn put_if(
        &mut self,
        table: &Table,
        item: Item,
        put: aws_sdk_dynamodb::types::builders::PutBuilder,
    ) -> Result<(), StoreError> {
        let put = put.table_name(&table.name).set_item(Some(item)).build().map_err(malformed)?;
        self.0.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: BuildError) -> StoreError {
    unavailable(CONTEXT, &error)
}

/// One for each transaction; DynamoDB takes at most 36 characters.
fn token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn classify(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> TransactError {
    let why = || unavailable(CONTEXT, error);
    let Some(refused) = error.as_service_error() else { return TransactError::Unknown(why()) };
    match refused {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons();
            let codes: Vec<_> = reasons.iter().filter_map(CancellationReason::code).collect();
            let any = |wanted: &[&str]| codes.iter().any(|code| wanted.contains(code));
            if any(&["ConditionalCheckFailed", "TransactionConflict"]) {
                TransactError::LostRace
            } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
                TransactError::Throttled
            } else {
                TransactError::Rejected(why())
            }
        }
        TransactWriteItemsError::ProvisionedThroughputExceededException(_)
        | TransactWriteItemsError::RequestLimitExceeded(_)
        | TransactWriteItemsError::ThrottlingException(_) => TransactError::Throttled,
        // An earlier send of the same transaction is still at work.
        TransactWriteItemsError::TransactionInProgressException(_) => TransactError::Unknown(why()),
        _ if error.raw_response().is_some_and(|response| response.status().is_client_error()) => {
            TransactError::Rejected(why())
        }
        _ => TransactError::Unknown(why()),
    }
}
