//! The demo environment, the functions over it, and an issuer of tokens.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use lambda_harness::{Builder, Deployment, Failure, Function, release_binaries};
use pennon_auth::SdkKey;
use pennon_domain::{Bucketing, Clock, Definition, Scope, SystemClock};
use pennon_local::{DEMO, SDK_KEY};
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Storage, events::event};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The demo environment in a DynamoDB of its own.
pub(crate) struct Demo {
    pub(crate) dynamodb: EmbeddedDynamoDb,
    pub(crate) store: Store,
}

impl Demo {
    pub(crate) async fn new() -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let store = Store::new(dynamodb.client(), Config::default(), Arc::new(SystemClock));
        store.create_tables().await.unwrap();
        let demo = Self { dynamodb, store };
        demo.publish(DEMO).await;
        demo
    }

    /// Publishes another definition of the environment.
    pub(crate) async fn publish(&self, definition: &str) {
        let key = SdkKey::parse(SDK_KEY).unwrap();
        let keys = BTreeMap::from([key.record(Scope::Server, None)]);
        let definition = Definition::parse(definition).unwrap();
        self.store.publish(key.environment(), &definition, Bucketing::V3, &keys).await.unwrap();
    }

    /// A function over it.
    pub(crate) fn function(&self, name: &str) -> Builder {
        function(name, &self.dynamodb.endpoint())
    }
}

/// A function over the DynamoDB at that URL, with the patience that a busy machine needs.
pub(crate) fn function(name: &str, dynamodb: &str) -> Builder {
    let builder = Function::builder(release_binaries().unwrap().join(name)).timeout(Duration::from_secs(30));
    variables(dynamodb).into_iter().fold(builder, |builder, (name, value)| builder.variable(name, value))
}

/// Everything that the template deploys, over that DynamoDB.
pub(crate) fn deployment(dynamodb: &str) -> Deployment {
    let deployment = Deployment::ours(release_binaries().unwrap()).unwrap();
    variables(dynamodb)
        .into_iter()
        .fold(deployment, |deployment, (name, value)| deployment.variable(name, value))
}

fn variables(dynamodb: &str) -> [(&'static str, String); 6] {
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.to_owned()),
        ("CORE_TABLE", "pennon-core".to_owned()),
        ("AUDIT_TABLE", "pennon-audit".to_owned()),
        ("OPS_TABLE", "pennon-ops".to_owned()),
        ("DYNAMODB_ATTEMPT_TIMEOUT_MS", "5000".to_owned()),
        ("DYNAMODB_OPERATION_TIMEOUT_MS", "15000".to_owned()),
    ]
}

/// What a function answers an event of `events/`; `{"error": ..}` if it fails.
pub(crate) async fn answer(function: &Function, case: &str) -> Value {
    match function.invoke(event(case).unwrap()).await {
        Ok(invocation) => serde_json::from_slice(&invocation.payload).unwrap(),
        Err(Failure::Function { message, .. }) => json!({ "error": message }),
        Err(failure) => panic!("{case}: {failure}\n{}", function.logs()),
    }
}

/// The REST event of an evaluation of one flag.
pub(crate) fn evaluation() -> String {
    event("evaluate-flag/targeted-rest").unwrap()
}

/// The body of an answer.
pub(crate) fn body(payload: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(payload).unwrap();
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

/// An OpenID Connect issuer with one key, on a loopback port.
pub(crate) struct Issuer {
    pub(crate) url: String,
    key: Ed25519KeyPair,
    server: tokio::task::JoinHandle<()>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let discovery = json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string();
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.public_key());
        let key_set = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "alg": "EdDSA", "x": public });
        let keys = json!({ "keys": [key_set] }).to_string();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (discovery, keys) = (Bytes::from(discovery.clone()), Bytes::from(keys.clone()));
                let service = service_fn(move |request: Request<Incoming>| {
                    let document =
                        if request.uri().path() == "/keys" { keys.clone() } else { discovery.clone() };
                    async move { Ok::<_, Infallible>(Response::new(Full::new(document))) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { url, key, server }
    }

    /// A token that is valid for that audience, with that role for everything.
    pub(crate) fn token(&self, audience: &str, role: &str) -> String {
        let exp = SystemClock.now().as_secs() + 600;
        let claims = json!({
            "iss": self.url, "aud": audience, "sub": "ada", "exp": exp, "pennon_roles": [role],
        });
        let encode = |text: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(text);
        let header = encode(br#"{"alg":"EdDSA","typ":"JWT","kid":"one"}"#);
        let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
        let signature = encode(self.key.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}
