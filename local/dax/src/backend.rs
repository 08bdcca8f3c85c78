//! The DynamoDB behind the cluster.

use std::sync::Arc;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{
    BatchWriteItemError, BatchWriteItemInput, BatchWriteItemOutput,
};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemError, DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
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
use aws_sdk_dynamodb::types::{KeyType as Position, TableDescription};
use aws_sdk_dynamodb::{Client, Config};
use dax_client::protocol::error::{ErrorKind, ServiceError};
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};

use crate::options::Credentials;
use crate::wire::refusal;

/// The DynamoDB behind the cluster. Calls are made once: whoever calls the cluster decides what is tried again.
#[derive(Debug)]
pub(crate) struct Backend {
    client: Client,
}

impl Backend {
    pub(crate) fn new(endpoint: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// The primary key of a table.
    pub(crate) async fn key_schema(&self, table: &str) -> Result<Arc<KeySchema>, ServiceError> {
        let described = self.client.describe_table().table_name(table).send().await;
        let description = described.map_err(|error| no_table(table, &error))?.table;
        let schema = description.as_ref().and_then(key_schema);
        schema.map(Arc::new).ok_or_else(|| refusal(ErrorKind::Other, "DynamoDB told no key of the table"))
    }
}

/// An operation of DynamoDB: its input sends itself.
///
/// The SDK's inputs are made by builders that cannot be made from an input. So each field is named here, and a new one
/// would be lost; but those that the protocol has are all that there can be.
pub(crate) trait Send {
    type Output;
    type Error;

    async fn send(self, backend: &Backend) -> Result<Self::Output, SdkError<Self::Error>>;
}

macro_rules! operations {
    ($($method:ident($input:ident { $($set:ident: $field:ident),+ $(,)? }) -> Result<$output:ident, $error:ident>;)+) => {$(
        impl Send for $input {
            type Output = $output;
            type Error = $error;

            async fn send(self, backend: &Backend) -> Result<$output, SdkError<$error>> {
                backend.client.$method()$(.$set(self.$field))+.send().await
            }
        }
    )+};
}

operations! {
    get_item(GetItemInput {
        set_table_name: table_name,
        set_key: key,
        set_consistent_read: consistent_read,
        set_return_consumed_capacity: return_consumed_capacity,
    }) -> Result<GetItemOutput, GetItemError>;
    put_item(PutItemInput {
        set_table_name: table_name,
        set_item: item,
        set_condition_expression: condition_expression,
        set_expression_attribute_names: expression_attribute_names,
        set_expression_attribute_values: expression_attribute_values,
        set_return_values: return_values,
        set_return_consumed_capacity: return_consumed_capacity,
        set_return_item_collection_metrics: return_item_collection_metrics,
    }) -> Result<PutItemOutput, PutItemError>;
    update_item(UpdateItemInput {
        set_table_name: table_name,
        set_key: key,
        set_update_expression: update_expression,
        set_condition_expression: condition_expression,
        set_expression_attribute_names: expression_attribute_names,
        set_expression_attribute_values: expression_attribute_values,
        set_return_values: return_values,
        set_return_consumed_capacity: return_consumed_capacity,
        set_return_item_collection_metrics: return_item_collection_metrics,
    }) -> Result<UpdateItemOutput, UpdateItemError>;
    delete_item(DeleteItemInput {
        set_table_name: table_name,
        set_key: key,
        set_condition_expression: condition_expression,
        set_expression_attribute_names: expression_attribute_names,
        set_expression_attribute_values: expression_attribute_values,
        set_return_values: return_values,
        set_return_consumed_capacity: return_consumed_capacity,
        set_return_item_collection_metrics: return_item_collection_metrics,
    }) -> Result<DeleteItemOutput, DeleteItemError>;
    query(QueryInput {
        set_table_name: table_name,
        set_index_name: index_name,
        set_key_condition_expression: key_condition_expression,
        set_filter_expression: filter_expression,
        set_expression_attribute_names: expression_attribute_names,
        set_expression_attribute_values: expression_attribute_values,
        set_select: select,
        set_limit: limit,
        set_consistent_read: consistent_read,
        set_scan_index_forward: scan_index_forward,
        set_exclusive_start_key: exclusive_start_key,
        set_return_consumed_capacity: return_consumed_capacity,
    }) -> Result<QueryOutput, QueryError>;
    scan(ScanInput {
        set_table_name: table_name,
        set_index_name: index_name,
        set_filter_expression: filter_expression,
        set_expression_attribute_names: expression_attribute_names,
        set_expression_attribute_values: expression_attribute_values,
        set_select: select,
        set_limit: limit,
        set_consistent_read: consistent_read,
        set_segment: segment,
        set_total_segments: total_segments,
        set_exclusive_start_key: exclusive_start_key,
        set_return_consumed_capacity: return_consumed_capacity,
    }) -> Result<ScanOutput, ScanError>;
    batch_get_item(BatchGetItemInput {
        set_request_items: request_items,
        set_return_consumed_capacity: return_consumed_capacity,
    }) -> Result<BatchGetItemOutput, BatchGetItemError>;
    batch_write_item(BatchWriteItemInput {
        set_request_items: request_items,
        set_return_consumed_capacity: return_consumed_capacity,
        set_return_item_collection_metrics: return_item_collection_metrics,
    }) -> Result<BatchWriteItemOutput, BatchWriteItemError>;
    transact_get_items(TransactGetItemsInput {
        set_transact_items: transact_items,
        set_return_consumed_capacity: return_consumed_capacity,
    }) -> Result<TransactGetItemsOutput, TransactGetItemsError>;
    transact_write_items(TransactWriteItemsInput {
        set_transact_items: transact_items,
        set_client_request_token: client_request_token,
        set_return_consumed_capacity: return_consumed_capacity,
        set_return_item_collection_metrics: return_item_collection_metrics,
    }) -> Result<TransactWriteItemsOutput, TransactWriteItemsError>;
}

fn key_schema(table: &TableDescription) -> Option<KeySchema> {
    let attribute = |position: &Position| {
        let element = table.key_schema().iter().find(|element| element.key_type() == position)?;
        let name = element.attribute_name();
        let definitions = table.attribute_definitions();
        let definition = definitions.iter().find(|definition| definition.attribute_name() == name)?;
        let kind = KeyType::from_letter(definition.attribute_type().as_str())?;
        Some(KeyAttribute::new(name, kind))
    };
    Some(KeySchema { hash: attribute(&Position::Hash)?, range: attribute(&Position::Range) })
}

fn no_table(table: &str, error: &SdkError<DescribeTableError>) -> ServiceError {
    if let Some(DescribeTableError::ResourceNotFoundException(_)) = error.as_service_error() {
        let message = format!("Requested resource not found: Table: {table} not found");
        return refusal(ErrorKind::ResourceNotFound, &message);
    }
    tracing::warn!(table, error = %DisplayErrorContext(error), "the key of a table cannot be told");
    refusal(ErrorKind::Other, "DynamoDB did not answer")
}
