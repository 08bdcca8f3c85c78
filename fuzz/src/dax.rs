//! A cluster of which everything is known, and calls to it.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, Get, KeysAndAttributes, Put, ReturnConsumedCapacity, ReturnValue,
    TransactGetItem, TransactWriteItem, WriteRequest,
};
use dax_client::protocol::error::{OperationError, ServiceError};
use dax_client::protocol::frame::Response;
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::operation::Operation;

type Item = HashMap<String, AttributeValue>;

/// The tables and lists of the seeds. What else is asked for is not known.
pub struct Cluster;

impl Metadata for Cluster {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        let schema = |hash: &str, kind, range: Option<(&str, KeyType)>| KeySchema {
            hash: KeyAttribute::new(hash, kind),
            range: range.map(|(name, kind)| KeyAttribute::new(name, kind)),
        };
        Some(Arc::new(match table {
            "flags" => schema("pk", KeyType::Text, None),
            "hist" => schema("pk", KeyType::Text, Some(("sk", KeyType::Text))),
            "series" => schema("pk", KeyType::Text, Some(("ts", KeyType::Number))),
            "bb" => schema("h", KeyType::Binary, Some(("r", KeyType::Binary))),
            _ => schema("id", KeyType::Number, None),
        }))
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        Some(1000 + i64::try_from(names.len()).ok()?)
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        let names: &[&str] = match id {
            1001 => &["body", "on", "ver"],
            1002 => &["doc", "gpk", "gsk", "n"],
            1003 => &["v"],
            1005 => &["ver"],
            1006 => &["body", "cnt", "extra", "on", "ver"],
            1007 => &["nil", "on", "ver"],
            1008 => &["x"],
            _ => return None,
        };
        Some(names.iter().map(|&name| name.to_owned()).collect())
    }
}

/// A call of which a response can be read.
pub trait Call: Send + Sync {
    /// Reads a frame as the response to this call.
    fn read(&self, frame: &[u8]);
}

/// A call that was sent.
struct Sent<O: Operation> {
    input: O,
    plan: O::Plan,
}

impl<O> Call for Sent<O>
where
    O: Operation + Send + Sync,
    O::Error: std::error::Error,
{
    fn read(&self, frame: &[u8]) {
        match Response::parse(frame) {
            Ok(Response::Results(results)) => drop(self.input.decode(&self.plan, results, &Cluster)),
            Ok(Response::Error(error)) => self.read_error(&error),
            Err(_) => {}
        }
    }
}

impl<O> Sent<O>
where
    O: Operation,
    O::Error: std::error::Error,
{
    fn read_error(&self, error: &ServiceError) {
        assert!(!error.codes.is_empty(), "an error has a reason");
        let _ = (error.kind(), error.status(), error.retry(true), error.retry(false));
        let reasons = self.input.cancellation_reasons(&self.plan, error, &Cluster).ok();
        assert!(!O::Error::from_service(error, reasons).to_string().is_empty());
    }
}

fn sent<O, E>(input: Result<O, E>) -> Box<dyn Call>
where
    O: Operation + Send + Sync + 'static,
    O::Error: std::error::Error,
    E: Debug,
{
    let input = input.expect("a complete input");
    let (_, plan) = input.encode(&Cluster).expect("a valid call");
    Box::new(Sent { input, plan })
}

/// Calls whose responses differ: with and without projections, indexes and attributes of different kinds.
pub fn calls() -> Vec<Box<dyn Call>> {
    [reads(), pages(), writes(), batches(), transactions()].into_iter().flatten().collect()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn key(attributes: &[(&str, AttributeValue)]) -> Item {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn flag() -> Item {
    key(&[("pk", text("flag#a"))])
}

fn other_flag() -> Item {
    key(&[("pk", text("flag#b"))])
}

fn version() -> Item {
    key(&[("pk", text("p1")), ("sk", text("v#001"))])
}

fn reads() -> Vec<Box<dyn Call>> {
    let flag = GetItemInput::builder().table_name("flags").set_key(Some(flag()));
    let version = GetItemInput::builder()
        .table_name("hist")
        .set_key(Some(version()))
        .projection_expression("n, doc.a[1], doc.b, missing, pk")
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    vec![sent(flag.build()), sent(version.build())]
}

fn pages() -> Vec<Box<dyn Call>> {
    let query = |table| {
        QueryInput::builder()
            .table_name(table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text("p1"))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes)
    };
    vec![
        sent(query("hist").build()),
        sent(query("hist").index_name("gsi1").build()),
        sent(query("hist").projection_expression("sk, n, l[3], l[1]").build()),
        sent(query("series").build()),
    ]
}

fn writes() -> Vec<Box<dyn Call>> {
    let update = |values| {
        UpdateItemInput::builder()
            .table_name("flags")
            .set_key(Some(flag()))
            .update_expression("SET ver = :v")
            .expression_attribute_values(":v", AttributeValue::N("5".to_owned()))
            .return_values(values)
            .build()
    };
    vec![sent(update(ReturnValue::AllNew)), sent(update(ReturnValue::UpdatedOld))]
}

fn batches() -> Vec<Box<dyn Call>> {
    let of = |keys: Item, projection: Option<&str>| {
        let keys = KeysAndAttributes::builder().keys(keys);
        keys.set_projection_expression(projection.map(str::to_owned)).build().expect("valid")
    };
    let reads = BatchGetItemInput::builder()
        .request_items("flags", of(flag(), None))
        .request_items("hist", of(version(), Some("n, doc.b")))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    let delete = DeleteRequest::builder().set_key(Some(flag())).build().expect("valid");
    let writes = BatchWriteItemInput::builder()
        .request_items("flags", vec![WriteRequest::builder().delete_request(delete).build()])
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    vec![sent(reads.build()), sent(writes.build())]
}

fn transactions() -> Vec<Box<dyn Call>> {
    let get = |table: &str, key: Item, projection: Option<&str>| {
        let get = Get::builder().table_name(table).set_key(Some(key));
        let get = get.set_projection_expression(projection.map(str::to_owned));
        TransactGetItem::builder().get(get.build().expect("valid")).build()
    };
    let reads = TransactGetItemsInput::builder()
        .transact_items(get("flags", flag(), None))
        .transact_items(get("flags", other_flag(), None))
        .transact_items(get("hist", version(), Some("doc.b")));
    let put = |item| {
        let put = Put::builder().table_name("flags").set_item(Some(item)).build().expect("valid");
        TransactWriteItem::builder().put(put).build()
    };
    let writes = TransactWriteItemsInput::builder()
        .transact_items(put(flag()))
        .transact_items(put(other_flag()))
        .client_request_token("token-0123456789");
    vec![sent(reads.build()), sent(writes.build())]
}
