//! Making the tables, for those who do not deploy a template: the local server and the tests.

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
        TimeToLiveStatus,
    },
};
use pennon_domain::StoreError;

use crate::{
    item::{PK, SK, SUBJECT, TTL},
    table::{Table, Tables, unavailable},
};

/// The index of the audit by what was changed. It holds keys alone: rows are large, and read one page at a time.
pub(crate) const BY_SUBJECT: &str = "bySubject";

const CONTEXT: &str = "creating the tables";

/// Makes the tables that do not exist: string keys `pk` and `sk`, billed by request.
pub(crate) async fn create(tables: &Tables) -> Result<(), StoreError> {
    create_table(&tables.core, None).await?;
    create_table(&tables.audit, Some(index().map_err(|error| unavailable(CONTEXT, &error))?)).await?;
    create_table(&tables.ops, None).await?;
    stream_new_items(&tables.audit).await?;
    expire_items(&tables.ops).await
}

async fn create_table(table: &Table, index: Option<GlobalSecondaryIndex>) -> Result<(), StoreError> {
    let mut request =
        table.client.create_table().table_name(&table.name).billing_mode(BillingMode::PayPerRequest);
    let attributes = [PK, SK].into_iter().chain(index.is_some().then_some(SUBJECT));
    for attribute in attributes {
        request =
            request.attribute_definitions(string(attribute).map_err(|error| unavailable(CONTEXT, &error))?);
    }
    for (attribute, role) in [(PK, KeyType::Hash), (SK, KeyType::Range)] {
        request = request.key_schema(key(attribute, role).map_err(|error| unavailable(CONTEXT, &error))?);
    }
    match request.set_global_secondary_indexes(index.map(|index| vec![index])).send().await {
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(())
        }
        answer => answer.map(drop).map_err(|error| unavailable(CONTEXT, &error)),
    }
}

/// Lets others learn of new items. Asks first: a table of an earlier version has no stream, and saying it twice is an error.
async fn stream_new_items(table: &Table) -> Result<(), StoreError> {
    let described = table.client.describe_table().table_name(&table.name).send().await;
    let described = described.map_err(|error| unavailable(CONTEXT, &error))?;
    if described.table().is_some_and(|table| table.latest_stream_arn().is_some()) {
        return Ok(());
    }
    let new_image =
        StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewImage);
    let specification = new_image.build().map_err(|error| unavailable(CONTEXT, &error))?;
    let request = table.client.update_table().table_name(&table.name).stream_specification(specification);
    request.send().await.map(drop).map_err(|error| unavailable(CONTEXT, &error))
}

/// Lets DynamoDB delete items whose time is over. Asks first: saying it twice is an error.
async fn expire_items(table: &Table) -> Result<(), StoreError> {
    let described = table.client.describe_time_to_live().table_name(&table.name).send().await;
    let described = described.map_err(|error| unavailable(CONTEXT, &error))?;
    let status =
        described.time_to_live_description().and_then(|description| description.time_to_live_status());
    if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL).build();
    let specification = specification.map_err(|error| unavailable(CONTEXT, &error))?;
    let request = table.client.update_time_to_live().table_name(&table.name);
    let answer = request.time_to_live_specification(specification).send().await;
    answer.map(drop).map_err(|error| unavailable(CONTEXT, &error))
}

fn index() -> Result<GlobalSecondaryIndex, BuildError> {
    let keys = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    GlobalSecondaryIndex::builder()
        .index_name(BY_SUBJECT)
        .key_schema(key(SUBJECT, KeyType::Hash)?)
        .key_schema(key(SK, KeyType::Range)?)
        .projection(keys)
        .build()
}

fn string(attribute: &str) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(attribute).attribute_type(ScalarAttributeType::S).build()
}

fn key(attribute: &str, role: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(attribute).key_type(role).build()
}
