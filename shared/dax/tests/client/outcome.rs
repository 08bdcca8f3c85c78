//! How a call ended, in a form that all operations have in common.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use dax_client::{Client, Fault};
use dax_local::Method;

use crate::lab::{TABLE, number, text};

/// How a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// The server refused, with this code.
    Service(String),
    Timeout,
    BreakerOpen,
    /// The connection failed, before anything was sent or after.
    Connection {
        sent: bool,
    },
    Malformed,
}

pub(crate) const READS: [Method; 5] =
    [Method::GetItem, Method::BatchGetItem, Method::Query, Method::Scan, Method::TransactGetItems];

pub(crate) const WRITES: [Method; 5] = [
    Method::PutItem,
    Method::UpdateItem,
    Method::DeleteItem,
    Method::BatchWriteItem,
    Method::TransactWriteItems,
];

/// Reads the item by that operation: what it says.
pub(crate) async fn read(dax: &Client, method: Method, key: &str) -> Result<String, Failed> {
    use aws_sdk_dynamodb::types::{Get, KeysAndAttributes, TransactGetItem};
    let item = match method {
        Method::GetItem => {
            dax.get_item().table_name(TABLE).key("pk", text(key)).send().await.map_err(failed)?.item
        }
        Method::BatchGetItem => {
            let keys = KeysAndAttributes::builder().keys([("pk".to_owned(), text(key))].into());
            let output = dax.batch_get_item().request_items(TABLE, keys.build().unwrap()).send().await;
            output.map_err(failed)?.responses.and_then(|mut tables| tables.remove(TABLE)?.pop())
        }
        Method::Query => {
            let query = dax.query().table_name(TABLE).key_condition_expression("pk = :key");
            let output = query.expression_attribute_values(":key", text(key)).send().await;
            output.map_err(failed)?.items.and_then(|mut items| items.pop())
        }
        Method::Scan => {
            let scan = dax.scan().table_name(TABLE).filter_expression("pk = :key");
            let output = scan.expression_attribute_values(":key", text(key)).send().await;
            output.map_err(failed)?.items.and_then(|mut items| items.pop())
        }
        Method::TransactGetItems => {
            let get = Get::builder().table_name(TABLE).key("pk", text(key)).build().unwrap();
            let output = dax.transact_get_items().transact_items(TransactGetItem::builder().get(get).build());
            let output = output.send().await.map_err(failed)?;
            output.responses.and_then(|mut responses| responses.pop()?.item)
        }
        _ => panic!("{method:?} does not read"),
    };
    Ok(item.and_then(|item| Some(item.get("text")?.as_s().unwrap().clone())).unwrap_or_default())
}

/// Changes the item by that operation. `UpdateItem` and `TransactWriteItems` add one to its `n`, `PutItem` and `BatchWriteItem`
/// make it 1000.
pub(crate) async fn write(dax: &Client, method: Method, key: &str) -> Result<(), Failed> {
    use aws_sdk_dynamodb::types::{PutRequest, TransactWriteItem, Update, WriteRequest};
    match method {
        Method::PutItem => {
            let put = dax.put_item().table_name(TABLE).item("pk", text(key)).item("n", number(1000));
            put.send().await.map_err(failed)?;
        }
        Method::UpdateItem => {
            let update =
                dax.update_item().table_name(TABLE).key("pk", text(key)).update_expression("ADD n :one");
            update.expression_attribute_values(":one", number(1)).send().await.map_err(failed)?;
        }
        Method::DeleteItem => {
            dax.delete_item().table_name(TABLE).key("pk", text(key)).send().await.map_err(failed)?;
        }
        Method::BatchWriteItem => {
            let put = PutRequest::builder().item("pk", text(key)).item("n", number(1000)).build().unwrap();
            let request = WriteRequest::builder().put_request(put).build();
            dax.batch_write_item().request_items(TABLE, vec![request]).send().await.map_err(failed)?;
        }
        Method::TransactWriteItems => {
            let update =
                Update::builder().table_name(TABLE).key("pk", text(key)).update_expression("ADD n :one");
            let update = update.expression_attribute_values(":one", number(1)).build().unwrap();
            let item = TransactWriteItem::builder().update(update).build();
            dax.transact_write_items().transact_items(item).send().await.map_err(failed)?;
        }
        _ => panic!("{method:?} does not write"),
    }
    Ok(())
}

/// What becomes of `n` if that operation is done once.
pub(crate) fn after_one(method: Method, before: &str) -> Option<String> {
    match method {
        Method::PutItem | Method::BatchWriteItem => Some("1000".to_owned()),
        Method::DeleteItem => None,
        _ => Some((before.parse::<u64>().unwrap() + 1).to_string()),
    }
}

pub(crate) fn failed<
    E: ProvideErrorMetadata + std::fmt::Debug + std::error::Error + Send + Sync + 'static,
>(
    error: SdkError<E>,
) -> Failed {
    if let SdkError::ServiceError(error) = &error {
        return Failed::Service(error.err().code().unwrap_or_default().to_owned());
    }
    let is_timeout = matches!(error, SdkError::TimeoutError(_));
    let shown = format!("{error:?}");
    let source = error.into_source().unwrap();
    let fault = source.downcast_ref::<Fault>().or_else(|| source.source()?.downcast_ref());
    match fault.unwrap_or_else(|| panic!("no fault: {shown}")) {
        Fault::Timeout(_) => {
            assert!(is_timeout);
            Failed::Timeout
        }
        Fault::BreakerOpen => Failed::BreakerOpen,
        Fault::Malformed(_) => Failed::Malformed,
        fault => Failed::Connection { sent: !fault.is_unsent() },
    }
}
