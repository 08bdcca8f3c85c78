//! What a node does when it is called.

mod batch;
mod lookups;
mod reads;
mod transactions;
mod writes;

use std::sync::Arc;

use aws_sdk_dynamodb::error::SdkError;
use dax_client::protocol::cbor::Encoder;
use dax_client::protocol::error::{ErrorKind, ServiceError};
use dax_client::protocol::metadata::{encode_attribute_list, encode_endpoint_list, encode_key_schema};

use crate::node::NodeState;
use crate::server::Server;
use crate::sync::lock;
use crate::wire::{self, Call, Data, Refusal, Request, refusal, write_error, write_response};

pub(crate) use lookups::key_schema;

/// A node that is called, and its cluster.
#[derive(Clone, Copy)]
struct Service<'s> {
    server: &'s Arc<Server>,
    node: &'s Arc<NodeState>,
}

/// Does what is asked, and gives the bytes of the response. Of a batch, the last `unprocessed` parts are not done.
pub(crate) async fn perform(
    server: &Arc<Server>,
    node: &Arc<NodeState>,
    call: Call,
    unprocessed: usize,
) -> Vec<u8> {
    let service = Service { server, node };
    match service.respond(call, unprocessed).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Vec::new();
            write_error(&error, &mut response);
            response
        }
    }
}

impl Service<'_> {
    async fn respond(self, call: Call, unprocessed: usize) -> Result<Vec<u8>, ServiceError> {
        match call {
            // Whoever holds the connection does that.
            Call::Authorize(_) => Ok(Vec::new()),
            Call::Endpoints => {
                let endpoints = self.server.endpoints();
                Ok(result(|encoder| encode_endpoint_list(encoder, &endpoints)))
            }
            Call::DefineKeySchema { table } => {
                let schema = key_schema(self.server, self.node, &table).await?;
                Ok(result(|encoder| encode_key_schema(encoder, &schema)))
            }
            Call::DefineAttributeListId { names } => {
                let id = lock(&self.node.registry).define_list(names);
                Ok(result(|encoder| {
                    encoder.int(id);
                }))
            }
            Call::DefineAttributeList { id } => {
                let names = lock(&self.node.registry).list(id).ok_or_else(|| unknown_list(id))?;
                let names = names.iter().map(String::as_str);
                Ok(result(|encoder| encode_attribute_list(encoder, names)))
            }
            Call::Data(data) => self.respond_to_data(data, unprocessed).await,
        }
    }

    async fn respond_to_data(self, data: Data, unprocessed: usize) -> Result<Vec<u8>, ServiceError> {
        let request = self.with_lookups(|metadata| data.decode(metadata)).await?;
        let output = match &request {
            Request::GetItem(get) => self.get_item(&request, get).await?,
            Request::Query(page) => self.query(&request, page, &data).await?,
            Request::Scan(page) => self.scan(&request, page, &data).await?,
            Request::BatchGetItem(batch) => self.batch_get_item(&request, batch, unprocessed).await?,
            Request::TransactGetItems(get) => self.transact_get_items(&request, get).await?,
            Request::PutItem(write) => self.put_item(&request, write).await?,
            Request::UpdateItem(write) => self.update_item(&request, write).await?,
            Request::DeleteItem(write) => self.delete_item(&request, write).await?,
            Request::BatchWriteItem(batch) => self.batch_write_item(&request, batch, unprocessed).await?,
            Request::TransactWriteItems(write) => self.transact_write_items(&request, write).await?,
        };
        self.with_lookups(|metadata| {
            let mut response = Vec::new();
            write_response(&request, &output, self.server.style(), metadata, &mut response)?;
            Ok(response)
        })
        .await
    }

    /// What DynamoDB answered, or why it did not.
    async fn answered<T, E: Refusal>(
        self,
        request: &Request,
        result: Result<T, SdkError<E>>,
    ) -> Result<T, ServiceError> {
        match result {
            Ok(output) => Ok(output),
            Err(error) => Err(self
                .with_lookups(|metadata| wire::service_error(request, &error, metadata))
                .await
                .unwrap_or_else(|other| other)),
        }
    }
}

/// A response with one result.
fn result(encode: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut response = Vec::new();
    let mut encoder = Encoder::new(&mut response);
    encoder.array(0);
    encode(&mut encoder);
    response
}

fn unknown_list(id: i64) -> ServiceError {
    refusal(ErrorKind::Validation, &format!("Attribute list {id} is not known"))
}
