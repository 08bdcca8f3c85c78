//! Calls that are put together step by step, as with the AWS SDK.
//!
//! The builders have the setters of the SDK's, but for those of parameters that expressions have replaced or that the protocol of
//! DAX lacks. What a parameter means is said there.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnValue,
    Select, TransactGetItem, TransactWriteItem, WriteRequest,
};

use super::Client;

/// The two setters of a parameter, by its kind.
macro_rules! setter {
    ($name:ident, $set:ident, text) => {
        setter!(@set $name, $set, String, value: impl Into<String>);
    };
    ($name:ident, $set:ident, value $type:ty) => {
        setter!(@set $name, $set, $type, value: $type);
    };
    ($name:ident, $set:ident, list $type:ty) => {
        setter!(@set $name, $set, Vec<$type>, value: $type);
    };
    ($name:ident, $set:ident, map $type:ty) => {
        setter!(@set $name, $set, HashMap<String, $type>, key: impl Into<String>, value: $type);
    };
    ($name:ident, $set:ident, texts) => {
        setter!(@set $name, $set, HashMap<String, String>, key: impl Into<String>, value: impl Into<String>);
    };
    (@set $name:ident, $set:ident, $whole:ty, $($argument:ident: $type:ty),+) => {
        #[doc = concat!("Sets `", stringify!($name), "`, or adds to it if it is a list or a map.")]
        #[must_use]
        pub fn $name(mut self, $($argument: $type),+) -> Self {
            self.input = self.input.$name($($argument),+);
            self
        }

        #[doc = concat!("Sets `", stringify!($name), "` as a whole.")]
        #[must_use]
        pub fn $set(mut self, value: Option<$whole>) -> Self {
            self.input = self.input.$set(value);
            self
        }
    };
}

macro_rules! operations {
    ($($operation:ident as $method:ident: $builder:ident -> Result<$output:ident, $error:ident> {
        $($name:ident $set:ident: $kind:ident $($type:ty)?,)+
    })+) => {
        $(
            #[doc = concat!("A call of `", stringify!($operation), "`.")]
            #[derive(Debug, Clone)]
            pub struct $operation {
                client: Client,
                input: operation::$method::builders::$builder,
            }

            impl $operation {
                /// Makes the call; see [`Client::send`].
                pub async fn send(
                    self,
                ) -> Result<operation::$method::$output, SdkError<operation::$method::$error>> {
                    let input = self.input.build().map_err(SdkError::construction_failure)?;
                    self.client.send(input).await
                }

                $(setter! { $name, $set, $kind $($type)? })+
            }
        )+

        impl Client {
            $(
                #[doc = concat!("Begins a call of `", stringify!($operation), "`.")]
                pub fn $method(&self) -> $operation {
                    $operation { client: self.clone(), input: Default::default() }
                }
            )+
        }
    };
}

operations! {
    GetItem as get_item: GetItemInputBuilder -> Result<GetItemOutput, GetItemError> {
        table_name set_table_name: text,
        key set_key: map AttributeValue,
        consistent_read set_consistent_read: value bool,
        projection_expression set_projection_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
    }

    BatchGetItem as batch_get_item: BatchGetItemInputBuilder -> Result<BatchGetItemOutput, BatchGetItemError> {
        request_items set_request_items: map KeysAndAttributes,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
    }

    Query as query: QueryInputBuilder -> Result<QueryOutput, QueryError> {
        table_name set_table_name: text,
        index_name set_index_name: text,
        key_condition_expression set_key_condition_expression: text,
        filter_expression set_filter_expression: text,
        projection_expression set_projection_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        expression_attribute_values set_expression_attribute_values: map AttributeValue,
        consistent_read set_consistent_read: value bool,
        scan_index_forward set_scan_index_forward: value bool,
        limit set_limit: value i32,
        select set_select: value Select,
        exclusive_start_key set_exclusive_start_key: map AttributeValue,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
    }

    Scan as scan: ScanInputBuilder -> Result<ScanOutput, ScanError> {
        table_name set_table_name: text,
        index_name set_index_name: text,
        filter_expression set_filter_expression: text,
        projection_expression set_projection_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        expression_attribute_values set_expression_attribute_values: map AttributeValue,
        consistent_read set_consistent_read: value bool,
        limit set_limit: value i32,
        select set_select: value Select,
        segment set_segment: value i32,
        total_segments set_total_segments: value i32,
        exclusive_start_key set_exclusive_start_key: map AttributeValue,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
    }

    PutItem as put_item: PutItemInputBuilder -> Result<PutItemOutput, PutItemError> {
        table_name set_table_name: text,
        item set_item: map AttributeValue,
        condition_expression set_condition_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        expression_attribute_values set_expression_attribute_values: map AttributeValue,
        return_values set_return_values: value ReturnValue,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
        return_item_collection_metrics set_return_item_collection_metrics: value ReturnItemCollectionMetrics,
    }

    UpdateItem as update_item: UpdateItemInputBuilder -> Result<UpdateItemOutput, UpdateItemError> {
        table_name set_table_name: text,
        key set_key: map AttributeValue,
        update_expression set_update_expression: text,
        condition_expression set_condition_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        expression_attribute_values set_expression_attribute_values: map AttributeValue,
        return_values set_return_values: value ReturnValue,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
        return_item_collection_metrics set_return_item_collection_metrics: value ReturnItemCollectionMetrics,
    }

    DeleteItem as delete_item: DeleteItemInputBuilder -> Result<DeleteItemOutput, DeleteItemError> {
        table_name set_table_name: text,
        key set_key: map AttributeValue,
        condition_expression set_condition_expression: text,
        expression_attribute_names set_expression_attribute_names: texts,
        expression_attribute_values set_expression_attribute_values: map AttributeValue,
        return_values set_return_values: value ReturnValue,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
        return_item_collection_metrics set_return_item_collection_metrics: value ReturnItemCollectionMetrics,
    }

    BatchWriteItem as batch_write_item:
    BatchWriteItemInputBuilder -> Result<BatchWriteItemOutput, BatchWriteItemError> {
        request_items set_request_items: map Vec<WriteRequest>,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
        return_item_collection_metrics set_return_item_collection_metrics: value ReturnItemCollectionMetrics,
    }

    TransactGetItems as transact_get_items:
    TransactGetItemsInputBuilder -> Result<TransactGetItemsOutput, TransactGetItemsError> {
        transact_items set_transact_items: list TransactGetItem,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
    }

    TransactWriteItems as transact_write_items:
    TransactWriteItemsInputBuilder -> Result<TransactWriteItemsOutput, TransactWriteItemsError> {
        transact_items set_transact_items: list TransactWriteItem,
        client_request_token set_client_request_token: text,
        return_consumed_capacity set_return_consumed_capacity: value ReturnConsumedCapacity,
        return_item_collection_metrics set_return_item_collection_metrics: value ReturnItemCollectionMetrics,
    }
}
