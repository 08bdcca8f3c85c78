//! Fetching keys over HTTP.

use std::{future::Future, sync::OnceLock, time::Duration};

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use pennon_config::ConfigError;
use serde::Deserialize;

use super::{KeySet, url};
use crate::{Config, FetchError, error::InvalidUrl};

/// For each of the two requests. This and the next are the limits of API Gateway's own JWT authorizer.
const DEADLINE: Duration = Duration::from_millis(1_500);
/// Bytes of an answer.
const MAX_BODY_BYTES: usize = 150 * 1024;

type HttpClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// Fetches the keys of one issuer.
#[derive(Debug)]
pub(super) struct Fetcher {
    issuer: String,
    place: Place,
    /// Made when it is first needed: it reads the certificates of the system.
    connector: OnceLock<HttpsConnector<HttpConnector>>,
}

#[derive(Debug)]
enum Place {
    Discovery(Uri),
    Keys(Uri),
}

/// What we read of a discovery document.
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

impl Fetcher {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let refused = |variable, found: &str| {
            let error = ConfigError::new(variable, InvalidUrl::EXPECTED, found);
            move |_: InvalidUrl| error
        };
        let discovery = url::discovery(&config.issuer).map_err(refused("OIDC_ISSUER", &config.issuer))?;
        let place = match &config.jwks_uri {
            Some(text) => Place::Keys(url::parse(text).map_err(refused("JWKS_URI", text))?),
            None => Place::Discovery(discovery),
        };
        Ok(Self { issuer: config.issuer.clone(), place, connector: OnceLock::new() })
    }

    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        // A client for each time: a connection kept open would seldom survive until the next one.
        let client = Client::builder(TokioExecutor::new()).build(self.connector()?);
        let keys = match &self.place {
            Place::Keys(url) => url.clone(),
            Place::Discovery(url) => self.discover(&client, url).await?,
        };
        Ok(KeySet::from_json(&get(&client, keys).await?)?)
    }

    async fn discover(&self, client: &HttpClient, document: &Uri) -> Result<Uri, FetchError> {
        let discovered: Discovered = serde_json::from_slice(&get(client, document.clone()).await?)?;
        if discovered.issuer != self.issuer {
            return Err(FetchError::OtherIssuer);
        }
        Ok(url::parse(&discovered.jwks_uri)?)
    }

    fn connector(&self) -> Result<HttpsConnector<HttpConnector>, FetchError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector.clone());
        }
        let made = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(FetchError::Certificates)?
            .https_or_http() // which of them, url::parse has said
            .enable_http1()
            .build();
        Ok(self.connector.get_or_init(|| made).clone())
    }
}

async fn get(client: &HttpClient, url: Uri) -> Result<Bytes, FetchError> {
    within_deadline(async {
        let answer = client.get(url).await.map_err(|error| FetchError::Connection(error.into()))?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), MAX_BODY_BYTES).collect().await;
        Ok(body.map_err(FetchError::Body)?.to_bytes())
    })
    .await
}

async fn within_deadline<T>(answer: impl Future<Output = Result<T, FetchError>>) -> Result<T, FetchError> {
    tokio::time::timeout(DEADLINE, answer).await.unwrap_or(Err(FetchError::Timeout))
}
