//! Opening the bus in a deployed function.

use aws_sdk_eventbridge::Client;
use pennon_aws::{NoRegion, sdk_config};
use pennon_config::ConfigError;

use crate::{Config, EventBus};

/// Why the bus could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A variable says nothing usable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No region is named.
    #[error(transparent)]
    Region(#[from] NoRegion),
}

/// Opens the bus that the environment describes: [`Config`]'s variables, and those of the AWS SDK (`AWS_REGION`, credentials,
/// `AWS_ENDPOINT_URL_EVENTBRIDGE`). It makes no call: there is none that a publisher may make and that publishes nothing.
pub async fn open() -> Result<EventBus, OpenError> {
    let config = Config::from_env()?;
    Ok(EventBus::new(&Client::new(&sdk_config().await?), config))
}
