//! Opening the store in a deployed function.

use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use pennon_domain::{SystemClock, error_chain};

use crate::{
    Dax, Store,
    config::{Config, ConfigError},
};

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A variable says nothing usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Neither `AWS_REGION` nor a profile names a region.
    #[error("no AWS region is configured: set AWS_REGION")]
    NoRegion,
    /// There is nothing to sign calls of DAX with.
    #[error("no AWS credentials are configured, and DAX_ENDPOINT is set")]
    NoCredentials,
}

/// Opens the store that the environment describes: [`Config`]'s variables, and those of the AWS SDK (`AWS_REGION`,
/// credentials, `AWS_ENDPOINT_URL_DYNAMODB`).
///
/// Makes one cheap call, so that credentials, connection and TLS are in place before the first request: a Lambda function
/// has more CPU while it starts than afterwards. If that fails the store opens all the same.
pub async fn open() -> Result<Store, OpenError> {
    let config = Config::from_env()?;
    let tls = Provider::Rustls(CryptoMode::Ring);
    let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .load()
        .await;
    let dax = open_dax(&config, &sdk)?;
    let store = Store::with_dax(Client::new(&sdk), dax, config, Arc::new(SystemClock));
    if let Err(error) = store.ping().await {
        tracing::warn!(error = error_chain(&error), "DynamoDB does not answer yet");
    }
    Ok(store)
}

fn open_dax(config: &Config, sdk: &SdkConfig) -> Result<Option<Dax>, OpenError> {
    let region = sdk.region().ok_or(OpenError::NoRegion)?;
    if config.dax.is_none() {
        return Ok(None);
    }
    let credentials = sdk.credentials_provider().ok_or(OpenError::NoCredentials)?;
    Ok(Dax::open(config, region.as_ref(), credentials)?)
}
