//! Opening the bus in a deployed function.

use aws_config::BehaviorVersion;
use aws_sdk_eventbridge::Client;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::{Config, ConfigError, EventBus};

/// Why the bus could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A variable says nothing usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Neither `AWS_REGION` nor a profile names a region.
    #[error("no AWS region is configured: set AWS_REGION")]
    NoRegion,
}

/// Opens the bus that the environment describes: [`Config`]'s variables, and those of the AWS SDK (`AWS_REGION`, credentials,
/// `AWS_ENDPOINT_URL_EVENTBRIDGE`). It makes no call: there is none that a publisher may make and that publishes nothing.
pub async fn open() -> Result<EventBus, OpenError> {
    let config = Config::from_env()?;
    let tls = Provider::Rustls(CryptoMode::Ring);
    let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .load()
        .await;
    if sdk.region().is_none() {
        return Err(OpenError::NoRegion);
    }
    Ok(EventBus::new(&Client::new(&sdk), config))
}
