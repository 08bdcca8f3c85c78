//! Opening the tier as it is configured.

use std::{fmt::Display, sync::Arc};

use aws_sdk_dynamodb::config::ProvideCredentials;
use dax_client::{
    Client,
    protocol::key::{KeyAttribute, KeySchema, KeyType},
};
use pennon_config::ConfigError;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::Dax;
use crate::{
    config::{Config, DaxConfig},
    item::{PK, SK},
};

impl Dax {
    /// The cluster that the configuration names, if it names one. Does no I/O but for reading the certificates: a cluster that is
    /// not there is found out, and gone around, when it is asked.
    ///
    /// DAX takes the same credentials as DynamoDB, in the same region.
    pub fn open(
        config: &Config,
        region: &str,
        credentials: impl ProvideCredentials + 'static,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(dax) = &config.dax else { return Ok(None) };
        let endpoint = |error: dax_client::ConfigError| {
            unusable("DAX_ENDPOINT", "the URL of a cluster, dax:// or daxs://", &dax.endpoint, &error)
        };
        let client = dax_client::Config::new(&dax.endpoint, region, credentials)
            .map_err(endpoint)?
            .read_deadline(dax.deadline)
            .attempt_timeout(dax.deadline)
            // Half of the time is left to try another node.
            .connect_timeout(dax.deadline / 2)
            .key_schema(&config.core_table, key_schema());
        let client = match tls(dax)? {
            Some(tls) => client.tls(Arc::new(tls)),
            None => client,
        };
        let client = Client::new(client).map_err(endpoint)?;
        Ok(Some(Self::new(client, config.core_table.clone())))
    }
}

/// As the template makes the table. Known beforehand, it saves a cold start a round trip.
fn key_schema() -> KeySchema {
    let text = |name| KeyAttribute::new(name, KeyType::Text);
    KeySchema { hash: text(PK), range: Some(text(SK)) }
}

/// Who may vouch for the cluster, where it is not whoever the system trusts.
fn tls(dax: &DaxConfig) -> Result<Option<ClientConfig>, ConfigError> {
    let Some(file) = &dax.ca_file else { return Ok(None) };
    let refused = |error: &dyn Display| {
        unusable("DAX_CA_FILE", "a file with certificates in PEM", &file.to_string_lossy(), error)
    };
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut roots = RootCertStore::empty();
    for certificate in certificates.map_err(|error| refused(&error))? {
        roots.add(certificate).map_err(|error| refused(&error))?;
    }
    if roots.is_empty() {
        return Err(refused(&"there are none"));
    }
    dax_client::trusting(roots).map(Some).map_err(|error| refused(&error))
}

fn unusable(variable: &'static str, expected: &str, found: &str, why: &dyn Display) -> ConfigError {
    ConfigError::new(variable, format!("{expected} ({why})"), found)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::Credentials;

    use super::*;

    fn open(dax: Option<DaxConfig>) -> Result<Option<Dax>, ConfigError> {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        Dax::open(&Config { dax, ..Config::default() }, "us-east-1", credentials)
    }

    fn with_ca(pem: &str) -> Result<Option<Dax>, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        open(Some(DaxConfig { ca_file: Some(file), ..DaxConfig::at("daxs://cluster.example") }))
    }

    #[test]
    fn there_is_a_tier_where_a_cluster_is_configured() {
        assert!(open(None).unwrap().is_none());
        assert!(open(Some(DaxConfig::at("daxs://cluster.example"))).unwrap().is_some());
    }

    #[test]
    fn what_is_no_cluster_names_its_variable() {
        let error = open(Some(DaxConfig::at("https://cluster.example"))).unwrap_err();
        assert_eq!((error.variable, error.found.as_str()), ("DAX_ENDPOINT", "https://cluster.example"));
    }

    #[test]
    fn a_file_without_certificates_names_its_variable() {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        assert!(with_ca(&certificate).unwrap().is_some());
        let torn = certificate.replace("-----END", "");
        for pem in ["", "no certificate", &torn, &certificate.replace("MII", "AAA")] {
            assert_eq!(with_ca(pem).unwrap_err().variable, "DAX_CA_FILE", "{pem}");
        }
        let absent = DaxConfig { ca_file: Some("absent".into()), ..DaxConfig::at("daxs://cluster.example") };
        assert_eq!(open(Some(absent)).unwrap_err().variable, "DAX_CA_FILE");
    }
}
