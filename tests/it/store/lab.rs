//! What every test of the store sets up.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeValue::{self, S},
        PutRequest, WriteRequest,
    },
};
use pennon_domain::{
    Bucketing, Definition, EnvironmentId, KeyRecord, Scope as KeyScope, StoreError, SystemClock, Timestamp,
};
use pennon_store::{Config, Deadlines, Environment, Freshness, Published, Store, View};
use pennon_test_support::{EmbeddedDynamoDb, FaultProxy, ManualClock, Scope, Storage, Watch, client};

/// Longer than any HEAD is remembered, jitter included.
pub(crate) const TTL_OVER: Duration = Duration::from_millis(2_501);
/// Shorter than any HEAD is remembered.
pub(crate) const TTL_NOT_OVER: Duration = Duration::from_millis(1_499);

/// Names a DynamoDB to run these tests against, as `http://127.0.0.1:PORT`, instead of the embedded one.
const ELSEWHERE: &str = "PENNON_TEST_DYNAMODB";

/// Tells a process that was started to write what it is to use: a URL, the prefix of the tables, and the number of a write.
pub(crate) const WRITER: &str = "PENNON_TEST_WRITER";

/// A DynamoDB with a proxy, a clock, and tables of its own. The embedded one drops with everything in it.
pub(crate) struct Lab {
    pub(crate) clock: ManualClock,
    pub(crate) proxy: FaultProxy,
    endpoint: String,
    tables: String,
    _embedded: Option<EmbeddedDynamoDb>,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        let (address, embedded) = dynamodb();
        let lab = Self {
            clock: clock(),
            proxy: FaultProxy::start(address).await.unwrap(),
            endpoint: format!("http://{address}"),
            tables: format!("test-{:016x}", fastrand::u64(..)),
            _embedded: embedded,
        };
        lab.elsewhere().create_tables().await.unwrap();
        lab
    }

    /// A process that has remembered nothing yet; behind the proxy.
    pub(crate) fn store(&self) -> Store {
        self.store_with(patient())
    }

    pub(crate) fn store_with(&self, config: Config) -> Store {
        Store::new(client(&self.proxy.endpoint()), self.config(config), Arc::new(self.clock.clone()))
    }

    /// Another process, that no fault reaches and no watch sees.
    pub(crate) fn elsewhere(&self) -> Store {
        self.elsewhere_with(patient())
    }

    pub(crate) fn elsewhere_with(&self, config: Config) -> Store {
        Store::new(self.raw(), self.config(config), Arc::new(self.clock.clone()))
    }

    /// A process with the machine's clock: what writers agree on is who came first.
    pub(crate) fn process(&self) -> Store {
        Store::new(self.raw(), self.config(patient()), Arc::new(SystemClock))
    }

    /// That configuration, with the tables of this lab.
    pub(crate) fn config(&self, config: Config) -> Config {
        with_tables(&self.tables, config)
    }

    /// The URL of the DynamoDB itself.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What the names of the tables begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.tables
    }

    /// Publishes that number from another process.
    pub(crate) async fn publish(&self, environment: &str, number: u32) -> Published {
        publish(&self.elsewhere(), environment, &definition(number)).await
    }

    pub(crate) fn watch_heads(&self) -> Watch {
        self.proxy.watch(heads())
    }

    pub(crate) fn watch_chunks(&self) -> Watch {
        self.proxy.watch(chunks())
    }

    /// The name of a table: `core`, `audit` or `ops`.
    pub(crate) fn table(&self, table: &str) -> String {
        table_name(&self.tables, table)
    }

    /// The tables, behind the store's back.
    pub(crate) fn raw(&self) -> Client {
        client(&self.endpoint)
    }

    pub(crate) async fn delete(&self, pk: &str, sk: &str) {
        let delete = self.raw().delete_item().table_name(self.table("core"));
        delete.key("pk", S(pk.into())).key("sk", S(sk.into())).send().await.unwrap();
    }

    pub(crate) async fn damage(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let update = self.raw().update_item().table_name(self.table("core"));
        let update = update.key("pk", S(pk.into())).key("sk", S(sk.into()));
        let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute);
        update.expression_attribute_values(":v", value).send().await.unwrap();
    }

    /// Every item of a table, in no order.
    pub(crate) async fn items(&self, table: &str) -> Vec<HashMap<String, AttributeValue>> {
        let scan = self.raw().scan().table_name(self.table(table)).consistent_read(true);
        scan.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }

    /// Puts items into a table.
    pub(crate) async fn fill(&self, table: &str, items: &[HashMap<String, AttributeValue>]) {
        for items in items.chunks(25) {
            let put =
                |item: &HashMap<_, _>| PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            let writes = items.iter().map(|item| WriteRequest::builder().put_request(put(item)).build());
            let request = self.raw().batch_write_item().request_items(self.table(table), writes.collect());
            let left = request.send().await.unwrap().unprocessed_items;
            assert!(left.is_none_or(|left| left.is_empty()));
        }
    }

    /// The partition keys of a table.
    pub(crate) async fn partitions(&self, table: &str) -> BTreeSet<String> {
        self.items(table).await.iter().map(|item| item["pk"].as_s().unwrap().clone()).collect()
    }
}

/// What [`WRITER`] says: a store, and the number of the write.
#[expect(clippy::disallowed_methods, reason = "how a test tells another process what to do")]
pub(crate) fn writer() -> (Store, usize) {
    let told = std::env::var(WRITER).unwrap();
    let [endpoint, tables, write] = told.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let store = Store::new(client(endpoint), with_tables(tables, patient()), Arc::new(clock()));
    (store, write.parse().unwrap())
}

/// A clock that shows a moment after any other clock: a DynamoDB deletes what has expired by its own.
fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_rfc3339("2036-02-29T12:00:00Z").unwrap())
}

fn with_tables(prefix: &str, mut config: Config) -> Config {
    config.core_table = table_name(prefix, "core");
    config.audit_table = table_name(prefix, "audit");
    config.ops_table = table_name(prefix, "ops");
    config
}

fn table_name(prefix: &str, table: &str) -> String {
    format!("{prefix}-{table}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the tests of the store read their environment"
)]
fn dynamodb() -> (SocketAddr, Option<EmbeddedDynamoDb>) {
    if let Ok(endpoint) = std::env::var(ELSEWHERE) {
        return (endpoint.trim_start_matches("http://").parse().unwrap(), None);
    }
    let embedded = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
    (embedded.address(), Some(embedded))
}

/// Deadlines that a busy machine does not miss: for all tests but those of the deadlines.
pub(crate) fn patient() -> Config {
    let patient = Deadlines { attempt: Duration::from_secs(30), operation: Duration::from_mins(1) };
    Config {
        connect_timeout: patient.attempt,
        point: patient,
        transfer: patient,
        change_deadline: Duration::from_secs(25),
        ..Config::default()
    }
}

/// As patient with each call, but not with losing race after race.
pub(crate) fn hasty() -> Config {
    Config { change_deadline: Duration::from_millis(200), ..patient() }
}

/// The transactions.
pub(crate) fn transactions() -> Scope {
    Scope::operation("TransactWriteItems")
}

/// The reads of HEAD.
pub(crate) fn heads() -> Scope {
    Scope::operation("GetItem").containing("\"HEAD\"")
}

/// The reads of chunks.
pub(crate) fn chunks() -> Scope {
    Scope::operation("GetItem").containing("SNAP#")
}

pub(crate) fn id(environment: &str) -> EnvironmentId {
    environment.parse().unwrap()
}

/// A definition with one flag whose value is that number.
pub(crate) fn definition(number: u32) -> Definition {
    let json = format!(
        r#"{{"flags":{{"number":{{"state":"ENABLED","variants":{{"it":{number}}},"defaultVariant":"it"}}}}}}"#
    );
    Definition::parse(&json).unwrap()
}

/// A definition that packs to more than two chunks: nothing in it repeats.
pub(crate) fn large_definition() -> Definition {
    let mut random = fastrand::Rng::with_seed(7);
    let mut json = String::from(r#"{"flags":{"#);
    for flag in 0..20 {
        let noise: String = (0..60_000).map(|_| random.alphanumeric()).collect();
        let comma = if flag == 0 { "" } else { "," };
        write!(
            json,
            r#"{comma}"f{flag}":{{"state":"ENABLED","variants":{{"v":"{noise}"}},"defaultVariant":"v"}}"#
        )
        .unwrap();
    }
    json.push_str("}}");
    Definition::parse(&json).unwrap()
}

pub(crate) fn keys(count: u8) -> BTreeMap<String, KeyRecord> {
    let record = |hash| KeyRecord { hash: [hash; 32], scope: KeyScope::Server, expires: None };
    (0..count).map(|number| (format!("key{number:05}"), record(number))).collect()
}

pub(crate) async fn publish(store: &Store, environment: &str, definition: &Definition) -> Published {
    store.publish(&id(environment), definition, Bucketing::V3, &keys(1)).await.unwrap()
}

pub(crate) async fn find(store: &Store, environment: &str) -> Environment {
    store.environment(&id(environment), Freshness::Cached).await.unwrap().unwrap()
}

pub(crate) async fn is_absent(store: &Store, environment: &str) -> bool {
    store.environment(&id(environment), Freshness::Cached).await.unwrap().is_none()
}

pub(crate) async fn failure(store: &Store, environment: &str) -> StoreError {
    store.environment(&id(environment), Freshness::Cached).await.unwrap_err()
}

pub(crate) async fn view(store: &Store, environment: &str) -> View {
    store.snapshot(&find(store, environment).await).await.unwrap()
}

/// The version that is served, and whether it is stale.
pub(crate) async fn served(store: &Store, environment: &str) -> (u64, bool) {
    let view = view(store, environment).await;
    (view.head.version, view.stale)
}

pub(crate) fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable { .. })
}

pub(crate) fn is_damaged(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged { .. })
}
