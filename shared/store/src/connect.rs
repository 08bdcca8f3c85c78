//! Opening the store in a deployed function.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use pennon_aws::{NoRegion, SdkConfig, sdk_config};
use pennon_config::ConfigError;
use pennon_domain::{SystemClock, error_chain};

use crate::{Config, Dax, Store, metrics};

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A variable says nothing usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No region is named.
    #[error(transparent)]
    Region(#[from] NoRegion),
    /// There is nothing to sign calls of DAX with.
    #[error("no AWS credentials are configured, and DAX_ENDPOINT is set")]
    NoCredentials,
}

/// Opens the store that the environment describes: [`Config`]'s variables, and those of the AWS SDK (`AWS_REGION`,
/// credentials, `AWS_ENDPOINT_URL_DYNAMODB`). It reads DynamoDB alone, whatever they say of DAX: for whoever changes and
/// manages environments.
///
/// Makes one cheap call, so that credentials, connection and TLS are in place before the first request: a Lambda function
/// has more CPU while it starts than afterwards. If that fails the store opens all the same.
pub async fn open() -> Result<Store, OpenError> {
    open_reading(|_, _| Ok(None)).await
}

/// The same for whoever evaluates: it reads snapshots through DAX, if `DAX_ENDPOINT` names a cluster.
///
/// A function of its own, so that the functions that never ask DAX do not carry its client.
pub async fn open_with_cache() -> Result<Store, OpenError> {
    open_reading(open_dax).await
}

async fn open_reading(
    dax: impl FnOnce(&Config, &SdkConfig) -> Result<Option<Dax>, OpenError>,
) -> Result<Store, OpenError> {
    metrics::describe();
    let config = Config::from_env()?;
    let sdk = sdk_config().await?;
    let dax = dax(&config, &sdk)?;
    let store = Store::with_dax(Client::new(&sdk), dax, config, Arc::new(SystemClock));
    if let Err(error) = store.ping().await {
        tracing::warn!(error = error_chain(&error), "DynamoDB does not answer yet");
    }
    Ok(store)
}

fn open_dax(config: &Config, sdk: &SdkConfig) -> Result<Option<Dax>, OpenError> {
    if config.dax.is_none() {
        return Ok(None);
    }
    let region = sdk.region().ok_or(NoRegion)?;
    let credentials = sdk.credentials_provider().ok_or(OpenError::NoCredentials)?;
    Ok(Dax::open(config, region.as_ref(), credentials)?)
}
