//! Certificates of a cluster: made at its start, and gone with it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use crate::Error;

/// The names that the certificate of every node is for: clients check that of the cluster, never that of a node.
/// The official client for Node.js cannot look up the first two: it asks name servers only.
const NAMES: [&str; 3] = ["localhost", "cluster.dax.local", "127.0.0.1"];

/// What it takes to speak TLS.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The certificate that clients must trust.
    pub(crate) ca_pem: String,
}

impl Tls {
    /// Makes a certificate authority and a certificate for [`NAMES`].
    pub(crate) fn new() -> Result<Self, Error> {
        let issuer_key = KeyPair::generate().map_err(error)?;
        let params = authority();
        let ca = params.self_signed(&issuer_key).map_err(error)?;
        let issuer = Issuer::new(params, issuer_key);
        let key = KeyPair::generate().map_err(error)?;
        let certificate = CertificateParams::new(NAMES.map(str::to_owned))
            .and_then(|params| params.signed_by(&key, &issuer))
            .map_err(error)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(error)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.into()))
            .map_err(error)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: ca.pem() })
    }
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "dax-local");
    params
}

fn error(error: impl std::error::Error) -> Error {
    Error::Tls { message: error.to_string() }
}
