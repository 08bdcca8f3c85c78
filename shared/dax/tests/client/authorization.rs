//! When connections are authorized, and with what.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::provider::future;
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials};
use dax_client::{Client, Config};
use dax_local::{Method, Options};

use crate::lab::{Lab, credentials, words};
use crate::outcome::{Failed, read};

/// Gives what it is told to give.
#[derive(Debug, Clone)]
struct Provider {
    now: Arc<Mutex<Credentials>>,
    asked: Arc<AtomicUsize>,
}

impl Provider {
    fn new(credentials: Credentials) -> Self {
        Self { now: Arc::new(Mutex::new(credentials)), asked: Arc::default() }
    }

    fn change(&self, credentials: Credentials) {
        *self.now.lock().unwrap() = credentials;
    }
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.asked.fetch_add(1, SeqCst);
        future::ProvideCredentials::ready(Ok(self.now.lock().unwrap().clone()))
    }
}

async fn lab(known: &[Credentials]) -> Lab {
    Lab::with(Options { credentials: Some(known.to_vec()), ..Options::default() }).await
}

fn client(lab: &Lab, credentials: impl ProvideCredentials + 'static) -> Client {
    let config = Config::new(&lab.cluster.url(), "us-east-1", credentials).unwrap();
    Client::new(config.read_deadline(Duration::from_secs(5)).time_source(lab.clock.clone())).unwrap()
}

fn authorizations(lab: &Lab) -> (u64, u64) {
    let counters = lab.cluster.node(0).counters();
    (counters.authorizations, counters.authorizations_refused)
}

#[tokio::test]
async fn a_connection_is_authorized_once_and_again_before_the_server_forgets() {
    let lab = lab(&[credentials("A")]).await;
    let config = Config::new(&lab.cluster.url(), "us-east-1", credentials("A")).unwrap();
    let config = config.time_source(lab.clock.clone()).idle_timeout(Duration::from_hours(1));
    let dax = Client::new(config).unwrap();
    for (later, expected) in [(0, 1), (1, 1), (148, 1), (2, 2), (140, 2)] {
        lab.clock.advance(Duration::from_secs(later));
        assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
        assert_eq!(authorizations(&lab), (expected, 0), "{later} s later");
    }
}

#[tokio::test]
async fn new_credentials_are_used_on_connections_that_are_open() {
    let lab = lab(&[credentials("A"), credentials("B")]).await;
    let provider = Provider::new(credentials("A"));
    let dax = client(&lab, provider.clone());
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    provider.change(credentials("B"));
    lab.clock.advance(Duration::from_secs(29));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert_eq!(authorizations(&lab), (1, 0));
    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert_eq!(authorizations(&lab), (2, 0));
    assert_eq!(lab.connections_opened(), 1);
}

#[tokio::test]
async fn credentials_that_the_server_takes_no_more_are_asked_for_anew() {
    let lab = lab(&[credentials("B")]).await;
    let provider = Provider::new(credentials("B"));
    let dax = client(&lab, provider.clone());
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    // The provider is asked for others only when the server has refused these.
    let dax = client(&lab, {
        provider.change(credentials("A"));
        provider.clone()
    });
    assert_eq!(
        read(&dax, Method::GetItem, "k1").await,
        Err(Failed::Service("UnrecognizedClientException".to_owned()))
    );
    provider.change(credentials("B"));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
}

#[tokio::test]
async fn expired_credentials_are_replaced_before_they_are_used() {
    let lab = lab(&[credentials("A"), credentials("B")]).await;
    let expiry = aws_smithy_async::time::TimeSource::now(&lab.clock) + Duration::from_secs(20);
    let provider = Provider::new(Credentials::new("A", "secret", None, Some(expiry), "test"));
    let dax = client(&lab, provider.clone());
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    provider.change(credentials("B"));
    lab.clock.advance(Duration::from_secs(11));
    assert_eq!(read(&dax, Method::GetItem, "k1").await, Ok(words("k1")));
    assert_eq!(provider.asked.load(SeqCst), 2);
    assert_eq!(authorizations(&lab), (2, 0));
}

#[tokio::test]
async fn the_session_token_goes_with_temporary_credentials() {
    let temporary = |token: &str| Credentials::new("A", "secret", Some(token.to_owned()), None, "test");
    let lab = lab(&[temporary("right")]).await;
    assert_eq!(read(&client(&lab, temporary("right")), Method::GetItem, "k1").await, Ok(words("k1")));
    for wrong in [
        temporary("wrong"),
        credentials("A"),
        Credentials::new("A", "other", Some("right".to_owned()), None, ""),
    ] {
        let refused = Err(Failed::Service("UnrecognizedClientException".to_owned()));
        assert_eq!(read(&client(&lab, wrong), Method::GetItem, "k1").await, refused);
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    #[derive(Debug)]
    struct None;
    impl ProvideCredentials for None {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let error = aws_credential_types::provider::error::CredentialsError::not_loaded("none");
            future::ProvideCredentials::ready(Err(error))
        }
    }
    let lab = lab(&[]).await;
    assert_eq!(
        read(&client(&lab, None), Method::GetItem, "k1").await,
        Err(Failed::Connection { sent: false })
    );
    assert_eq!(lab.connections_opened(), 0);
}
