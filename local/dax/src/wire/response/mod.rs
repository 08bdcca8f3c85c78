//! Responses: the outputs of the AWS SDK as the results of calls.

mod batch;
mod capacity;
mod metrics;
mod page;
mod single;
mod transact;
mod writer;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemOutput;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsOutput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsOutput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use dax_client::protocol::cbor::DecodeError;
use dax_client::protocol::lookup::Metadata;

use super::{CallError, Request};
use writer::Writer;

pub(super) use writer::encode_blob;

/// What DynamoDB, or a cache in its place, answered.
///
/// Items are whole, whatever the projection. What was read from a cache has no consumed capacity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    GetItem(GetItemOutput),
    PutItem(PutItemOutput),
    UpdateItem(UpdateItemOutput),
    DeleteItem(DeleteItemOutput),
    Query(QueryOutput),
    Scan(ScanOutput),
    BatchGetItem(BatchGetItemOutput),
    BatchWriteItem(BatchWriteItemOutput),
    TransactGetItems(TransactGetItemsOutput),
    TransactWriteItems(TransactWriteItemsOutput),
}

/// How maps and arrays are written where clients accept both: with their length, or with an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Definite,
    Indefinite,
}

/// Appends the whole response to `request`.
///
/// `output` must be of the operation of `request`, and its items have the keys of their tables; what is not so is
/// [malformed](CallError::Malformed). After an error `out` is as it was before.
pub(crate) fn write_response(
    request: &Request,
    output: &Output,
    style: Style,
    metadata: &dyn Metadata,
    out: &mut Vec<u8>,
) -> Result<(), CallError> {
    let length = out.len();
    let result = write(request, output, style, metadata, out);
    if result.is_err() {
        out.truncate(length);
    }
    result
}

fn write(
    request: &Request,
    output: &Output,
    style: Style,
    metadata: &dyn Metadata,
    out: &mut Vec<u8>,
) -> Result<(), CallError> {
    let mut writer = Writer::begin(style, metadata, out);
    match (request, output) {
        (Request::GetItem(request), Output::GetItem(output)) => single::got(&mut writer, request, output),
        (Request::PutItem(request), Output::PutItem(output)) => single::put(&mut writer, request, output),
        (Request::UpdateItem(request), Output::UpdateItem(output)) => {
            single::updated(&mut writer, request, output)
        }
        (Request::DeleteItem(request), Output::DeleteItem(output)) => {
            single::deleted(&mut writer, request, output)
        }
        (Request::Query(request), Output::Query(output)) => page::queried(&mut writer, request, output),
        (Request::Scan(request), Output::Scan(output)) => page::scanned(&mut writer, request, output),
        (Request::BatchGetItem(request), Output::BatchGetItem(output)) => {
            batch::got(&mut writer, request, output)
        }
        (Request::BatchWriteItem(request), Output::BatchWriteItem(output)) => {
            batch::written(&mut writer, request, output)
        }
        (Request::TransactGetItems(request), Output::TransactGetItems(output)) => {
            transact::got(&mut writer, request, output)
        }
        (Request::TransactWriteItems(request), Output::TransactWriteItems(output)) => {
            transact::written(&mut writer, request, output)
        }
        _ => Err(UNFIT),
    }?;
    writer.finish()
}

/// An output that is not one of the request.
const UNFIT: CallError = CallError::Malformed(DecodeError::Malformed("the output of an operation"));
