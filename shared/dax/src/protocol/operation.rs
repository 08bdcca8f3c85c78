//! The operations that DAX serves, as one trait over the inputs of the AWS SDK.

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{
    BatchWriteItemError, BatchWriteItemInput, BatchWriteItemOutput,
};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemError, DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanError, ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_get_items::{
    TransactGetItemsError, TransactGetItemsInput, TransactGetItemsOutput,
};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::CancellationReason;

use super::cbor::Decoder;
use super::error::{OperationError, ServiceError};
use super::lookup::Metadata;
use super::method::Method;
use super::request::{
    self, BatchGetItemPlan, GetItemPlan, PagePlan, RequestError, TablesPlan, TransactGetItemsPlan, WritePlan,
};
use super::response::{self, ResponseError};

/// An input of the AWS SDK whose operation DAX serves.
///
/// ```
/// # use std::sync::Arc;
/// # use aws_sdk_dynamodb::operation::get_item::GetItemInput;
/// # use aws_sdk_dynamodb::types::AttributeValue;
/// # use dax_client::protocol::frame::Response;
/// # use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
/// # use dax_client::protocol::lookup::{Lookup, Metadata};
/// # use dax_client::protocol::operation::Operation;
/// # use dax_client::protocol::response::ResponseError;
/// #[derive(Default)]
/// struct Cache {
///     names: Option<Arc<[String]>>,
/// }
///
/// impl Metadata for Cache {
///     fn key_schema(&self, _table: &str) -> Option<Arc<KeySchema>> {
///         Some(Arc::new(KeySchema { hash: KeyAttribute::new("pk", KeyType::Text), range: None }))
///     }
///
///     fn attribute_list_id(&self, _names: &[&str]) -> Option<i64> {
///         None
///     }
///
///     fn attribute_list(&self, _id: i64) -> Option<Arc<[String]>> {
///         self.names.clone()
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut cache = Cache::default();
/// let input =
///     GetItemInput::builder().table_name("flags").key("pk", AttributeValue::S("a".to_owned())).build()?;
/// let (call, plan) = input.encode(&cache)?;
/// assert_eq!(call, b"\x01\x1a\x0f\xb0\xcc\x6a\x45flags\x41a\xbf\xff");
///
/// let Response::Results(results) = Response::parse(b"\x80\xa1\x00\x44\x19\x03\xe9\x07")? else { panic!() };
/// let lookups = vec![Lookup::AttributeList(1001)];
/// assert_eq!(input.decode(&plan, results.clone(), &cache), Err(ResponseError::Lookups(lookups)));
///
/// cache.names = Some(Arc::new(["version".to_owned()]));
/// let output = input.decode(&plan, results, &cache)?;
/// assert_eq!(output.item().and_then(|item| item.get("version")), Some(&AttributeValue::N("7".to_owned())));
/// # Ok(())
/// # }
/// ```
pub trait Operation {
    /// The method that is called.
    const METHOD: Method;

    /// The output of the AWS SDK.
    type Output;

    /// The error type of the AWS SDK.
    type Error: OperationError;

    /// What reading the response takes beside the input.
    type Plan: Send + Sync;

    /// Makes sure that the call has a token by which the server knows it again, where the operation has one, and says so:
    /// then it may be made twice without doing anything twice.
    fn identify(&mut self, _token: &mut dyn FnMut() -> Option<String>) -> bool {
        false
    }

    /// The bytes of the call, and what it takes to read the response.
    ///
    /// The same input, the same metadata, the same bytes: tables are written in the order of their names.
    fn encode(&self, metadata: &dyn Metadata) -> Result<(Vec<u8>, Self::Plan), RequestError>;

    /// Reads the results of a response to that call.
    fn decode(
        &self,
        plan: &Self::Plan,
        results: Decoder<'_>,
        metadata: &dyn Metadata,
    ) -> Result<Self::Output, ResponseError>;

    /// Reads why each part of a write transaction was not done, with the items that were asked for. Other operations have
    /// at most the reasons of the error itself.
    fn cancellation_reasons(
        &self,
        plan: &Self::Plan,
        error: &ServiceError,
        metadata: &dyn Metadata,
    ) -> Result<Vec<CancellationReason>, ResponseError>;
}

macro_rules! operations {
    ($(
        $method:ident in $module:ident: $input:ident -> Result<$output:ident, $error:ident>
        with $plan:ident, $reasons:expr $(, identified by $token:ident)?;
    )+) => {$(
        impl Operation for $input {
            const METHOD: Method = Method::$method;

            type Output = $output;
            type Error = $error;
            type Plan = $plan;

            $(
                fn identify(&mut self, token: &mut dyn FnMut() -> Option<String>) -> bool {
                    self.$token = self.$token.take().filter(|token| !token.is_empty()).or_else(token);
                    self.$token.is_some()
                }
            )?

            fn encode(&self, metadata: &dyn Metadata) -> Result<(Vec<u8>, Self::Plan), RequestError> {
                request::$module::encode(self, metadata)
            }

            fn decode(
                &self,
                plan: &Self::Plan,
                results: Decoder<'_>,
                metadata: &dyn Metadata,
            ) -> Result<Self::Output, ResponseError> {
                response::$module::decode(self, plan, results, metadata)
            }

            fn cancellation_reasons(
                &self,
                plan: &Self::Plan,
                error: &ServiceError,
                metadata: &dyn Metadata,
            ) -> Result<Vec<CancellationReason>, ResponseError> {
                $reasons(self, plan, error, metadata)
            }
        }
    )+};
}

operations! {
    GetItem in get_item: GetItemInput -> Result<GetItemOutput, GetItemError>
    with GetItemPlan, without_items;
    PutItem in put_item: PutItemInput -> Result<PutItemOutput, PutItemError>
    with WritePlan, without_items;
    UpdateItem in update_item: UpdateItemInput -> Result<UpdateItemOutput, UpdateItemError>
    with WritePlan, without_items;
    DeleteItem in delete_item: DeleteItemInput -> Result<DeleteItemOutput, DeleteItemError>
    with WritePlan, without_items;
    Query in query: QueryInput -> Result<QueryOutput, QueryError>
    with PagePlan, without_items;
    Scan in scan: ScanInput -> Result<ScanOutput, ScanError>
    with PagePlan, without_items;
    BatchGetItem in batch_get_item: BatchGetItemInput -> Result<BatchGetItemOutput, BatchGetItemError>
    with BatchGetItemPlan, without_items;
    BatchWriteItem in batch_write_item: BatchWriteItemInput -> Result<BatchWriteItemOutput, BatchWriteItemError>
    with TablesPlan, without_items;
    TransactGetItems in transact_get_items:
    TransactGetItemsInput -> Result<TransactGetItemsOutput, TransactGetItemsError>
    with TransactGetItemsPlan, without_items;
    TransactWriteItems in transact_write_items:
    TransactWriteItemsInput -> Result<TransactWriteItemsOutput, TransactWriteItemsError>
    with TablesPlan, response::transact_write_items::cancellation_reasons, identified by client_request_token;
}

/// The reasons as they are in the error: only write transactions have items there.
#[expect(clippy::unnecessary_wraps, reason = "write transactions may fail here")]
fn without_items<I, P>(
    _input: &I,
    _plan: &P,
    error: &ServiceError,
    _metadata: &dyn Metadata,
) -> Result<Vec<CancellationReason>, ResponseError> {
    Ok(error.cancellation_reasons())
}
