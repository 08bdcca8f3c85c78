//! Finding out what it takes to understand a call, or to write its response.

use std::sync::Arc;

use dax_client::protocol::error::{ErrorKind, ServiceError};
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::{Lookup, Metadata};

use super::{Service, unknown_list};
use crate::node::NodeState;
use crate::server::Server;
use crate::sync::lock;
use crate::wire::{CallError, refusal};

/// Keys, then lists, for each 256 lists that are named: far more than any call takes.
const MAX_ROUNDS: usize = 64;

/// The primary key of a table: DynamoDB is asked once.
pub(crate) async fn key_schema(
    server: &Server,
    node: &NodeState,
    table: &str,
) -> Result<Arc<KeySchema>, ServiceError> {
    let known = lock(&node.registry).key_schema(table);
    if let Some(known) = known {
        return Ok(known);
    }
    let schema = server.backend().key_schema(table).await?;
    lock(&node.registry).learn_schema(table.to_owned(), Arc::clone(&schema));
    Ok(schema)
}

impl Service<'_> {
    /// Tries until everything is known that it takes.
    pub(super) async fn with_lookups<T>(
        self,
        attempt: impl Fn(&dyn Metadata) -> Result<T, CallError>,
    ) -> Result<T, ServiceError> {
        for _ in 0..MAX_ROUNDS {
            let attempted = attempt(&*lock(&self.node.registry));
            match attempted {
                Ok(done) => return Ok(done),
                Err(CallError::Lookups(lookups)) => self.look_up(lookups).await?,
                Err(CallError::Refused(error)) => return Err(error),
                Err(CallError::Malformed(error)) => {
                    let message = format!("The call is not well-formed: {error}");
                    return Err(refusal(ErrorKind::Validation, &message));
                }
            }
        }
        Err(refusal(ErrorKind::Validation, "The call needs too many lookups"))
    }

    async fn look_up(self, lookups: Vec<Lookup>) -> Result<(), ServiceError> {
        for lookup in lookups {
            match lookup {
                Lookup::KeySchema(table) => drop(key_schema(self.server, self.node, &table).await?),
                Lookup::AttributeListId(names) => {
                    lock(&self.node.registry).define_list(names);
                }
                // What the registry knows is not asked for.
                Lookup::AttributeList(id) => return Err(unknown_list(id)),
            }
        }
        Ok(())
    }
}
