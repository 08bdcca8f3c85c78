//! Every event in `events/`, through the same handlers and the same adapter as the Lambda binaries, over the demo environment.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, config::Intercept};
use pennon_auth::{Authenticator, SdkKey, SigningKey};
use pennon_domain::{Bucketing, Definition, Role, Scope, SystemClock};
use pennon_http::{Access, AuthorizerRequest, adapt_event};
use pennon_local::Function;
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Storage};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{routes::AUTHORIZER, support::repository};

/// What an event is answered.
#[derive(Deserialize)]
struct Expected {
    /// The events that come before it.
    #[serde(default)]
    after: Vec<String>,
    /// Of whatever answers a request.
    status: Option<u16>,
    /// What the authorizer fails with: it has no other way to refuse.
    error: Option<String>,
    /// Members of the answer.
    #[serde(default)]
    body: Map<String, Value>,
    /// Texts in the answer.
    #[serde(default)]
    contains: Vec<String>,
}

/// The demo environment, and the functions over it.
pub(crate) struct Demo {
    functions: Vec<Function>,
    changed: bool,
    _dynamodb: EmbeddedDynamoDb,
}

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let mut demo = Demo::new().await;
    let mut wrong = Vec::new();
    for (case, expected) in expectations() {
        // What one event changes is none of another's business.
        if demo.has_changed() {
            demo = Demo::new().await;
        }
        for earlier in &expected.after {
            let answer = demo.answer(earlier).await;
            assert!(is_success(&answer), "{earlier}, before {case}: {answer}");
        }
        let answer = demo.answer(&case).await;
        wrong.extend(
            differences(&answer, &expected).into_iter().map(|difference| format!("{case}: {difference}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_has_an_expectation_and_every_function_events() {
    let events = repository().join("events");
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
    assert_eq!(found, expectations().into_keys().collect::<Vec<_>>());
}

fn expectations() -> BTreeMap<String, Expected> {
    let text = fs::read_to_string(repository().join("events/expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every event, after those that come before it.
pub(crate) fn cases() -> Vec<(String, Vec<String>)> {
    expectations().into_iter().map(|(case, expected)| (case, expected.after)).collect()
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
        Self { functions: pennon_local::functions(&store), changed: false, _dynamodb: dynamodb }
    }

    /// Whether it is no demo any more.
    pub(crate) fn has_changed(&self) -> bool {
        self.changed
    }

    /// The answer to an event, `<function>/<case>`, as the Lambda function gives it.
    pub(crate) async fn answer(&mut self, case: &str) -> Value {
        let event = repository().join("events").join(case).with_extension("json");
        let event = fs::read_to_string(event).unwrap();
        let (name, _) = case.split_once('/').unwrap();
        if name == AUTHORIZER {
            return authorizer_answer(&event).await;
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

fn is_success(answer: &Value) -> bool {
    answer["statusCode"].as_u64().is_some_and(|status| status < 300)
}

/// What an answer lacks of what is expected of it.
fn differences(answer: &Value, expected: &Expected) -> Vec<String> {
    let body = answer["body"].as_str().unwrap_or_default();
    let mut differences = Vec::new();
    if answer.get("statusCode") != expected.status.map(Value::from).as_ref() {
        differences.push(format!("status {}, not {:?}: {body}", answer["statusCode"], expected.status));
    }
    if answer.get("error").and_then(Value::as_str) != expected.error.as_deref() {
        differences.push(format!("{answer}, not {:?}", expected.error));
    }
    for text in expected.contains.iter().filter(|text| !body.contains(*text)) {
        differences.push(format!("{text} is not in {body}"));
    }
    let members: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    let missing = expected.body.iter().filter(|(member, value)| members.get(*member) != Some(value));
    for (member, value) in missing {
        differences.push(format!("{member} is not {value} in {body}"));
    }
    differences
}
