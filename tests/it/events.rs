//! Every event in `events/`, through the same handlers and the same adapter as the Lambda binaries, over the demo environment.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, config::Intercept};
use pennon_auth::{Authenticator, SdkKey, SigningKey};
use pennon_domain::{Bucketing, Definition, Role, Scope, SystemClock};
use pennon_events::EventBus;
use pennon_http::{Access, AuthorizerRequest, StreamBatch, adapt_event};
use pennon_local::{Function, LocalBus};
use pennon_store::{Config, Store};
use pennon_test_support::{
    EmbeddedDynamoDb, Storage,
    events::{event, expectations, folder, is_success},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    routes::{AUTHORIZER, CONSUMER},
    support::repository,
};

/// The demo environment, and the functions over it.
pub(crate) struct Demo {
    functions: Vec<Function>,
    changed: bool,
    /// The changes that the event bus was told of.
    published: Vec<String>,
    _dynamodb: EmbeddedDynamoDb,
}

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let mut demo = Demo::new().await;
    let mut wrong = Vec::new();
    for (case, expected) in expectations().unwrap() {
        // What one event changes is none of another's business.
        if demo.has_changed() {
            demo = Demo::new().await;
        }
        for earlier in &expected.after {
            let answer = demo.answer(earlier).await;
            assert!(is_success(&answer), "{earlier}, before {case}: {answer}");
        }
        demo.published.clear();
        let answer = demo.answer(&case).await;
        wrong.extend(
            expected.differences(&answer).into_iter().map(|difference| format!("{case}: {difference}")),
        );
        if demo.published != expected.published {
            wrong.push(format!("{case}: the bus is told of {:?}", demo.published));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_has_an_expectation_and_every_function_events() {
    let events = folder();
    let mut found = Vec::new();
    for function in fs::read_dir(repository().join("functions")).unwrap() {
        let function = function.unwrap().file_name().into_string().unwrap();
        let before = found.len();
        for event in fs::read_dir(events.join(&function)).unwrap() {
            let event = event.unwrap().path();
            found.push(format!("{function}/{}", event.file_stem().unwrap().to_str().unwrap()));
        }
        assert!(found.len() > before, "{function} has no events");
    }
    found.sort();
    assert_eq!(found, expectations().unwrap().into_keys().collect::<Vec<_>>());
}

/// Every event, after those that come before it.
pub(crate) fn cases() -> Vec<(String, Vec<String>)> {
    expectations().unwrap().into_iter().map(|(case, expected)| (case, expected.after)).collect()
}

impl Demo {
    async fn new() -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        Self::with(dynamodb.client(), Config::default(), dynamodb).await
    }

    /// With an interceptor between the functions and DynamoDB, of which they remember no HEAD.
    pub(crate) async fn over(interceptor: impl Intercept + 'static) -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let config = dynamodb.client().config().to_builder().interceptor(interceptor).build();
        let forgetful = Config { head_ttl: Duration::ZERO, ..Config::default() };
        Self::with(Client::from_conf(config), forgetful, dynamodb).await
    }

    async fn with(client: Client, config: Config, dynamodb: EmbeddedDynamoDb) -> Self {
        let store = Store::new(client, config, Arc::new(SystemClock));
        store.create_tables().await.unwrap();
        let key = SdkKey::parse(pennon_local::SDK_KEY).unwrap();
        let keys = BTreeMap::from([key.record(Scope::Server, None)]);
        let definition = Definition::parse(pennon_local::DEMO).unwrap();
        store.publish(key.environment(), &definition, Bucketing::V3, &keys).await.unwrap();
        let functions = pennon_local::functions(&store);
        Self { functions, changed: false, published: Vec::new(), _dynamodb: dynamodb }
    }

    /// Whether it is no demo any more.
    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }

    /// The answer to an event, `<function>/<case>`, as the Lambda function gives it.
    pub(crate) async fn answer(&mut self, case: &str) -> Value {
        let event = event(case).unwrap();
        let (name, _) = case.split_once('/').unwrap();
        if name == AUTHORIZER {
            return authorizer_answer(&event).await;
        }
        if name == CONSUMER {
            let (answer, published) = consumer_answer(&event).await;
            self.published = published;
            return answer;
        }
        let function = self.functions.iter().find(|function| function.name == name);
        let function = function.unwrap_or_else(|| panic!("no function is called {name}"));
        let answer = adapt_event(&event, |request| function.answer(request)).await;
        let answer = serde_json::from_str(&answer.unwrap()).unwrap();
        let writes = matches!(function.route.access, Access::Role(role) if role > Role::Viewer);
        self.changed |= writes && is_success(&answer);
        answer
    }
}

/// The authorizer of an issuer that has signed none of the events' tokens.
async fn authorizer_answer(event: &str) -> Value {
    let request: AuthorizerRequest = serde_json::from_str(event).unwrap();
    let keys = SigningKey::generate().unwrap().key_set();
    let config = pennon_auth::Config::new("https://id.example", "pennon");
    let authenticator = Authenticator::with_keys(config, keys, Arc::new(SystemClock));
    match authorize::handle(authenticator, request).await {
        Ok(answer) => serde_json::to_value(answer).unwrap(),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

/// The consumer of the stream, over a bus of its own, and the changes that this was told of.
async fn consumer_answer(event: &str) -> (Value, Vec<String>) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("events.jsonl");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let local = LocalBus::start(listener, &file).unwrap();
    let bus = EventBus::new(&local.client(), pennon_events::Config::default());
    let batch: StreamBatch = serde_json::from_str(event).unwrap();
    let answer = match publish_changes::handle(bus, batch).await {
        Ok(response) => serde_json::to_value(response).unwrap(),
        Err(error) => json!({ "error": error.to_string() }),
    };
    let events = fs::read_to_string(&file).unwrap();
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (answer, events.map(|event| event["detail"]["id"].as_str().unwrap().to_owned()).collect())
}
