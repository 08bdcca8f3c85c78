//! TLS: who the nodes must prove to be.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Connects to nodes by their addresses, and verifies the name of the cluster: their certificates are for that.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The host is not a name that a certificate could be for.
    #[error("{0:?} is not a name for TLS")]
    Name(String),
    /// The system has no certificates to trust.
    #[error("no certificates are trusted: the system has none")]
    NoCertificates,
    /// The library refuses the setup.
    #[error("TLS cannot be set up")]
    Setup(#[from] rustls::Error),
}

impl Tls {
    pub(super) fn new(host: &str, config: Option<Arc<ClientConfig>>) -> Result<Self, TlsError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
        let config = match config {
            Some(config) => config,
            None => Arc::new(trusting(system_certificates()?)?),
        };
        Ok(Self { connector: TlsConnector::from(config), name })
    }

    pub(super) async fn connect(&self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), socket).await
    }
}

/// TLS as the client has it by default, but trusting these certificates.
pub fn trusting(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn system_certificates() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(error = error as &dyn std::error::Error, "a certificate of the system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(found.certs) {
        (0, _) => Err(TlsError::NoCertificates),
        _ => Ok(roots),
    }
}
