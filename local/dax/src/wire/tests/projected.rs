//! Requests as inputs of the SDK with the projections that the server keeps to itself.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::types::TransactGetItem;
use dax_client::protocol::expression::{DocumentPath, PathStep};

use super::super::request::Projection;
use super::super::{BatchGet, Get, Page, TransactGet};

impl Get {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> GetItemInput {
        let mut input = self.input.clone();
        if let Some(projection) = &self.projection {
            let names = input.expression_attribute_names.get_or_insert_default();
            input.projection_expression = Some(projection_text(projection, names));
        }
        input
    }
}

/// `Query` and `Scan` have the same projections.
macro_rules! page_with_projection {
    ($($input:ty)*) => {$(
        impl Page<$input> {
            /// What the client was given.
            pub(super) fn with_projection(&self) -> $input {
                let mut input = self.input.clone();
                if let Some(projection) = &self.projection {
                    let names = input.expression_attribute_names.get_or_insert_default();
                    input.projection_expression = Some(projection_text(projection, names));
                }
                input
            }
        }
    )*};
}

page_with_projection!(QueryInput ScanInput);

impl BatchGet {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> BatchGetItemInput {
        let mut input = self.input.clone();
        for (table, request) in input.request_items.iter_mut().flatten() {
            if let Some(projection) = &self.tables[table].projection {
                let names = request.expression_attribute_names.get_or_insert_default();
                request.projection_expression = Some(projection_text(projection, names));
            }
        }
        input
    }
}

impl TransactGet {
    /// What the client was given.
    pub(super) fn with_projection(&self) -> TransactGetItemsInput {
        let mut input = self.input.clone();
        let parts = input.transact_items.iter_mut().flatten().zip(&self.projections);
        for (TransactGetItem { get, .. }, projection) in parts {
            if let (Some(get), Some(projection)) = (get, projection) {
                let names = get.expression_attribute_names.get_or_insert_default();
                get.projection_expression = Some(projection_text(projection, names));
            }
        }
        input
    }
}

fn projection_text(projection: &Projection, names: &mut HashMap<String, String>) -> String {
    let paths: Vec<_> = projection.iter().map(|path| path_text(path, names)).collect();
    paths.join(", ")
}

fn path_text(path: &DocumentPath, names: &mut HashMap<String, String>) -> String {
    let mut alias = |name: &str| {
        let alias = format!("#p{}", names.len());
        names.insert(alias.clone(), name.to_owned());
        alias
    };
    let root = alias(&path.root);
    let steps = path.steps.iter().map(|step| match step {
        PathStep::Member(name) => format!(".{}", alias(name)),
        PathStep::Index(index) => format!("[{index}]"),
    });
    root + &steps.collect::<String>()
}
