//! Over TLS.

use std::sync::Arc;

use dax_local::Options;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::lab::Lab;
use crate::raw::{Raw, is_closed, tcp};

fn lab() -> Lab {
    Lab::new(Options { tls: true, ..Options::default() })
}

/// A connection to `lab` whose client trusts only `ca`, or why there is none.
fn connect(lab: &Lab, ca: &str, name: &'static str) -> Result<Raw, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = tcp(lab.node().address());
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    Ok(Raw::over(StreamOwned::new(tls, stream)))
}

#[test]
fn who_trusts_its_authority_is_served() {
    let lab = lab();
    assert_eq!(lab.cluster.url(), format!("daxs://localhost:{}", lab.node().address().port()));
    for name in ["localhost", "cluster.dax.local", "127.0.0.1"] {
        let mut client = connect(&lab, &lab.cluster.ca_pem().unwrap(), name).unwrap();
        client.put("a", 1);
        assert_eq!(client.get("a"), Some(1));
    }
}

#[test]
fn its_certificate_is_for_no_other_name_and_from_no_other_authority() {
    let (lab, other) = (lab(), lab());
    let ca = lab.cluster.ca_pem().unwrap();
    for name in ["elsewhere.dax.local", "127.0.0.2"] {
        assert!(connect(&lab, &ca, name).is_err());
    }
    assert!(connect(&lab, &other.cluster.ca_pem().unwrap(), "localhost").is_err());
}

#[test]
fn plain_bytes_are_not_understood() {
    let lab = lab();
    let mut stream = tcp(lab.node().address());
    Raw::over(stream.try_clone().unwrap());
    assert!(is_closed(&mut stream));
    assert!(connect(&lab, &lab.cluster.ca_pem().unwrap(), "localhost").is_ok());
    assert_eq!(Lab::plain().cluster.ca_pem(), None);
}

#[test]
fn a_node_that_comes_back_has_its_certificate_still() {
    let lab = lab();
    lab.node().stop();
    lab.node().start().unwrap();
    let mut client = connect(&lab, &lab.cluster.ca_pem().unwrap(), "localhost").unwrap();
    assert_eq!(client.get("a"), None);
}
