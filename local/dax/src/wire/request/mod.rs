//! Requests: the arguments of calls as inputs of the AWS SDK, and what it takes to write the responses.
//!
//! Expressions become text again, with placeholders that stand for what the client had there. Projections do not: the
//! whole item is asked for, and the response takes out of it what the client wanted. So an item that is cached serves any
//! projection. Pages of an index are an exception: no item of theirs is cached, and which attributes are asked for matters.

mod arguments;
mod batch;
mod page;
mod parameters;
mod single;
mod transact;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use dax_client::protocol::cbor::DecodeError;
use dax_client::protocol::expression::DocumentPath;
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::method::Method;

use super::CallError;
use arguments::Arguments;

/// A call of one of the ten operations, ready to be done.
#[derive(Debug, Clone)]
pub(crate) enum Request {
    GetItem(Get),
    PutItem(Write<PutItemInput>),
    UpdateItem(Write<UpdateItemInput>),
    DeleteItem(Write<DeleteItemInput>),
    Query(Page<QueryInput>),
    Scan(Page<ScanInput>),
    BatchGetItem(BatchGet),
    BatchWriteItem(BatchWrite),
    TransactGetItems(TransactGet),
    TransactWriteItems(TransactWrite),
}

/// The paths of a projection. Values travel with the position of their path.
pub(crate) type Projection = Vec<DocumentPath>;

/// A `GetItem`.
#[derive(Debug, Clone)]
pub(crate) struct Get {
    pub(crate) input: GetItemInput,
    pub(crate) schema: Arc<KeySchema>,
    /// The key in its one form: equal keys are equal bytes, however the client wrote them.
    pub(crate) key: Vec<u8>,
    /// What the client wants of the item; all of it, if there is none.
    pub(crate) projection: Option<Projection>,
}

/// A `PutItem`, `UpdateItem` or `DeleteItem`.
#[derive(Debug, Clone)]
pub(crate) struct Write<I> {
    pub(crate) input: I,
    pub(crate) schema: Arc<KeySchema>,
    /// The key in its one form.
    pub(crate) key: Vec<u8>,
}

/// A `Query` or `Scan`.
#[derive(Debug, Clone)]
pub(crate) struct Page<I> {
    pub(crate) input: I,
    pub(crate) schema: Arc<KeySchema>,
    /// What the client wants of each item.
    pub(crate) projection: Option<Projection>,
}

/// A `BatchGetItem`.
#[derive(Debug, Clone)]
pub(crate) struct BatchGet {
    pub(crate) input: BatchGetItemInput,
    pub(crate) tables: BTreeMap<String, Table>,
}

/// What a `BatchGetItem` asks of a table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) schema: Arc<KeySchema>,
    /// The keys in their one form, in the order of the input.
    pub(crate) keys: Vec<Vec<u8>>,
    /// What the client wants of each item.
    pub(crate) projection: Option<Projection>,
}

/// A `BatchWriteItem`.
#[derive(Debug, Clone)]
pub(crate) struct BatchWrite {
    pub(crate) input: BatchWriteItemInput,
    /// The keys of the tables.
    pub(crate) schemas: BTreeMap<String, Arc<KeySchema>>,
}

/// A `TransactGetItems`.
#[derive(Debug, Clone)]
pub(crate) struct TransactGet {
    pub(crate) input: TransactGetItemsInput,
    /// Of each part, in the order of the input.
    pub(crate) schemas: Vec<Arc<KeySchema>>,
    /// What the client wants of each item.
    pub(crate) projections: Vec<Option<Projection>>,
}

/// A `TransactWriteItems`.
#[derive(Debug, Clone)]
pub(crate) struct TransactWrite {
    pub(crate) input: TransactWriteItemsInput,
    /// The table and its key, of each part, in the order of the input.
    pub(crate) tables: Vec<(String, Arc<KeySchema>)>,
}

impl Request {
    /// The primary key of the table that a part of a transaction is about.
    pub(super) fn schema_of_part(&self, position: usize) -> Option<&KeySchema> {
        match self {
            Self::TransactGetItems(transaction) => transaction.schemas.get(position).map(AsRef::as_ref),
            Self::TransactWriteItems(transaction) => {
                transaction.tables.get(position).map(|(_, schema)| schema.as_ref())
            }
            _ => None,
        }
    }
}

/// Reads the arguments of an operation.
pub(super) fn decode(
    method: Method,
    arguments: &[u8],
    metadata: &dyn Metadata,
) -> Result<Request, CallError> {
    let mut arguments = Arguments::new(arguments, metadata);
    match method {
        Method::GetItem => single::get(&mut arguments).map(Request::GetItem),
        Method::PutItem => single::put(&mut arguments).map(Request::PutItem),
        Method::UpdateItem => single::update(&mut arguments).map(Request::UpdateItem),
        Method::DeleteItem => single::delete(&mut arguments).map(Request::DeleteItem),
        Method::Query => page::query(&mut arguments).map(Request::Query),
        Method::Scan => page::scan(&mut arguments).map(Request::Scan),
        Method::BatchGetItem => batch::get(&mut arguments).map(Request::BatchGetItem),
        Method::BatchWriteItem => batch::write(&mut arguments).map(Request::BatchWriteItem),
        Method::TransactGetItems => transact::get(&mut arguments).map(Request::TransactGetItems),
        Method::TransactWriteItems => transact::write(&mut arguments).map(Request::TransactWriteItems),
        _ => Err(NOT_DATA.into()),
    }
}

const NOT_DATA: DecodeError = DecodeError::Malformed("a call that is not about items");
