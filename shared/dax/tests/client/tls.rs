//! TLS: the nodes must be who the endpoint says they are.

use std::sync::Arc;
use std::time::Duration;

use dax_client::{Client, Config, trusting};
use dax_local::{Method, Options};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::lab::{Lab, credentials, words};
use crate::outcome::{Failed, READS, WRITES, read, write};

async fn lab() -> Lab {
    Lab::with(Options { tls: true, nodes: 2, ..Options::default() }).await
}

fn config(lab: &Lab, url: &str) -> Config {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(lab.cluster.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let config =
        Config::new(url, "us-east-1", credentials("A")).unwrap().tls(Arc::new(trusting(roots).unwrap()));
    config
        .time_source(lab.clock.clone())
        .read_deadline(Duration::from_secs(5))
        .write_deadline(Duration::from_secs(5))
}

#[tokio::test]
async fn all_operations_work_at_all_nodes() {
    let lab = lab().await;
    let dax = Client::new(config(&lab, &lab.cluster.url())).unwrap();
    for method in READS {
        assert_eq!(read(&dax, method, "k1").await, Ok(words("k1")), "{method:?}");
    }
    lab.cluster.set_leader(1);
    lab.clock.advance(Duration::from_secs(31));
    for method in WRITES {
        assert_eq!(write(&dax, method, "k1").await, Ok(()), "{method:?}");
    }
    assert!(lab.counters().all(|counters| counters.connections_opened > 0));
    lab.cluster.node(0).close_idle();
    lab.cluster.node(1).close_idle();
    assert_eq!(read(&dax, Method::GetItem, "k2").await, Ok(words("k2")));
    assert_eq!(write(&dax, Method::UpdateItem, "k2").await, Ok(()));
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let lab = lab().await;
    let port = lab.cluster.node(0).address().port();
    // Another name of 127.0.0.1: the system takes it as a number.
    let dax = Client::new(config(&lab, &format!("daxs://0x7f000001:{port}"))).unwrap();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Connection { sent: false }));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (lab, other) = (lab().await, lab().await);
    let dax = Client::new(config(&other, &lab.cluster.url())).unwrap();
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Err(Failed::Connection { sent: false }));
}

#[tokio::test]
async fn plain_and_encrypted_do_not_mix() {
    let lab = lab().await;
    let plain =
        Config::new(&lab.cluster.url().replace("daxs://", "dax://"), "us-east-1", credentials("A")).unwrap();
    let dax = Client::new(plain.read_deadline(Duration::from_secs(1))).unwrap();
    assert!(read(&dax, Method::GetItem, "k1").await.is_err());
    let plain = Lab::start(1).await;
    let url = plain.cluster.url().replace("dax://127.0.0.1", "daxs://localhost");
    let dax = Client::new(config(&lab, &url).read_deadline(Duration::from_secs(1))).unwrap();
    assert!(read(&dax, Method::GetItem, "k1").await.is_err());
}
