//! The tables, for those who do not deploy a template: the local server and the tests.

use aws_sdk_dynamodb::{
    Client,
    operation::create_table::CreateTableError,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use pennon_domain::StoreError;

use crate::{
    item::{PK, SK},
    table::unavailable,
};

/// Makes the `core` table unless it exists: string keys `pk` and `sk`, billed by request.
pub(crate) async fn create_core(client: &Client, name: &str) -> Result<(), StoreError> {
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, role) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .map_err(|error| unavailable("creating the tables", &error))?;
        let key = KeySchemaElement::builder()
            .attribute_name(attribute)
            .key_type(role)
            .build()
            .map_err(|error| unavailable("creating the tables", &error))?;
        request = request.attribute_definitions(definition).key_schema(key);
    }
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        Err(error) => Err(unavailable("creating the tables", &error)),
    }
}
