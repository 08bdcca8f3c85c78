//! What every client of an AWS service needs: a region, credentials, and connections.

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Neither `AWS_REGION` nor a profile names a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no AWS region is configured: set AWS_REGION")]
pub struct NoRegion;

/// Reads the variables of the AWS SDK: `AWS_REGION`, credentials, `AWS_ENDPOINT_URL` and those of single services. It makes no call.
///
/// The behaviour is that of one version of the SDK, so that an update of it changes no retries and no defaults unnoticed.
///
/// # Errors
/// When no region is named.
pub async fn sdk_config() -> Result<SdkConfig, NoRegion> {
    // ring: docs/adr/0004.
    let tls = Provider::Rustls(CryptoMode::Ring);
    let sdk = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(tls).build_https())
        .load()
        .await;
    if sdk.region().is_none() {
        return Err(NoRegion);
    }
    Ok(sdk)
}
