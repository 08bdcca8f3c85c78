//! A warm function, and the events of its client.

use std::{collections::BTreeMap, error::Error, sync::Arc};

use pennon_auth::SdkKey;
use pennon_domain::{Bucketing, Definition, Scope, SystemClock};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use pennon_local::SDK_KEY;
use pennon_store::Store;
use serde_json::json;

use crate::CONTEXT;

/// A store over an embedded DynamoDB, with one published environment.
#[derive(Debug)]
pub struct Served {
    /// The store, warm after its first request.
    pub store: Store,
    /// Where it keeps the environment; stops when it is dropped.
    pub dynamodb: EmbeddedDynamoDb,
}

/// Publishes a definition where `SDK_KEY` opens it.
///
/// # Errors
/// When the definition is not valid or the embedded DynamoDB does not start.
pub async fn serve(definition: &str) -> Result<Served, Box<dyn Error>> {
    serve_as(definition, Bucketing::V3).await
}

/// As [`serve`], with percentages in that generation of bucketing.
///
/// # Errors
/// When the definition is not valid or the embedded DynamoDB does not start.
pub async fn serve_as(definition: &str, bucketing: Bucketing) -> Result<Served, Box<dyn Error>> {
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0)?;
    // HEAD stays in memory: what is measured is the request, not the read that one request in two seconds makes.
    let config = pennon_store::Config { head_ttl: std::time::Duration::from_hours(1), ..Default::default() };
    let store = Store::new(dynamodb.client(), config, Arc::new(SystemClock));
    store.create_tables().await?;
    let key = SdkKey::parse(SDK_KEY)?;
    let keys = BTreeMap::from([key.record(Scope::Server, None)]);
    store.publish(key.environment(), &Definition::parse(definition)?, bucketing, &keys).await?;
    Ok(Served { store, dynamodb })
}

/// The REST event of a single evaluation.
pub fn single_event(flag: &str) -> String {
    event(&format!("/ofrep/v1/evaluate/flags/{flag}"), None)
}

/// The REST event of a bulk evaluation, with the tag of an earlier answer or without.
pub fn bulk_event(if_none_match: Option<&str>) -> String {
    event("/ofrep/v1/evaluate/flags", if_none_match)
}

fn event(path: &str, if_none_match: Option<&str>) -> String {
    let mut headers = json!({
        "Accept": "application/json",
        "Authorization": format!("Bearer {SDK_KEY}"),
        "Content-Type": "application/json",
        "Host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
        "User-Agent": "node",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    });
    if let (Some(tag), Some(headers)) = (if_none_match, headers.as_object_mut()) {
        headers.insert("If-None-Match".to_owned(), tag.into());
    }
    json!({
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {},
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "httpMethod": "POST", "path": format!("/v1{path}"),
            "protocol": "HTTP/1.1", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "resourceId": "xyz123",
            "requestTimeEpoch": 1_795_251_600_000_u64, "resourcePath": path, "stage": "v1",
            "identity": { "sourceIp": "203.0.113.7", "userAgent": "node" },
        },
        "body": CONTEXT,
        "isBase64Encoded": false,
    })
    .to_string()
}
