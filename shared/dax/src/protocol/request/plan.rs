//! What is remembered of a request until its response has been read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::protocol::cbor::DecodeError;
use crate::protocol::expression::Projection;
use crate::protocol::key::KeySchema;

/// Of a `GetItem`.
#[derive(Debug, Clone)]
pub struct GetItemPlan {
    pub(crate) projection: Option<Projection>,
}

/// Of a `PutItem`, `UpdateItem` or `DeleteItem`.
#[derive(Debug, Clone)]
pub struct WritePlan {
    pub(crate) schema: Arc<KeySchema>,
}

/// Of a `Query` or `Scan`.
#[derive(Debug, Clone)]
pub struct PagePlan {
    pub(crate) schema: Arc<KeySchema>,
    pub(crate) projection: Option<Projection>,
}

/// Of a `BatchGetItem`.
#[derive(Debug, Clone)]
pub struct BatchGetItemPlan {
    pub(crate) tables: BTreeMap<String, PagePlan>,
}

/// Of a `TransactGetItems`.
#[derive(Debug, Clone)]
pub struct TransactGetItemsPlan {
    /// One for each item.
    pub(crate) projections: Vec<Option<Projection>>,
}

/// Of a `BatchWriteItem` or `TransactWriteItems`.
#[derive(Debug, Clone)]
pub struct TablesPlan {
    pub(crate) schemas: BTreeMap<String, Arc<KeySchema>>,
}

impl TablesPlan {
    /// The key of a table, which must be one of the request.
    pub(crate) fn schema(&self, table: &str) -> Result<&KeySchema, DecodeError> {
        let unknown = DecodeError::Malformed("a table that was not asked for");
        self.schemas.get(table).map(AsRef::as_ref).ok_or(unknown)
    }
}
