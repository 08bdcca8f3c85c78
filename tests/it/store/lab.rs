//! What every test of the store sets up.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::AttributeValue::{self, S},
};
use pennon_domain::{Bucketing, Definition, EnvironmentId, KeyRecord, Scope as KeyScope, StoreError};
use pennon_store::{Config, Deadlines, Environment, Freshness, Published, Store, View};
use pennon_test_support::{EmbeddedDynamoDb, FaultProxy, ManualClock, Scope, Storage, Watch, client};

/// Longer than any HEAD is remembered, jitter included.
pub(crate) const TTL_OVER: Duration = Duration::from_millis(2_501);
/// Shorter than any HEAD is remembered.
pub(crate) const TTL_NOT_OVER: Duration = Duration::from_millis(1_499);

/// A DynamoDB with a proxy and a clock. Drops with everything in it.
pub(crate) struct Lab {
    pub(crate) clock: ManualClock,
    pub(crate) proxy: FaultProxy,
    dynamodb: EmbeddedDynamoDb,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let proxy = FaultProxy::start(dynamodb.address()).await.unwrap();
        let lab = Self { clock: ManualClock::default(), proxy, dynamodb };
        lab.elsewhere().create_tables().await.unwrap();
        lab
    }

    /// A process that has remembered nothing yet; behind the proxy.
    pub(crate) fn store(&self) -> Store {
        self.store_with(patient())
    }

    pub(crate) fn store_with(&self, config: Config) -> Store {
        Store::new(client(&self.proxy.endpoint()), config, Arc::new(self.clock.clone()))
    }

    /// Another process, that no fault reaches and no watch sees.
    pub(crate) fn elsewhere(&self) -> Store {
        Store::new(self.dynamodb.client(), patient(), Arc::new(self.clock.clone()))
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

    /// The table, behind the store's back.
    pub(crate) fn raw(&self) -> Client {
        self.dynamodb.client()
    }

    pub(crate) async fn delete(&self, pk: &str, sk: &str) {
        let delete = self.raw().delete_item().table_name("pennon-core");
        delete.key("pk", S(pk.into())).key("sk", S(sk.into())).send().await.unwrap();
    }

    pub(crate) async fn damage(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let update = self.raw().update_item().table_name("pennon-core");
        let update = update.key("pk", S(pk.into())).key("sk", S(sk.into()));
        let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute);
        update.expression_attribute_values(":v", value).send().await.unwrap();
    }
}

/// Deadlines that a busy machine does not miss: for all tests but those of the deadlines.
pub(crate) fn patient() -> Config {
    let patient = Deadlines { attempt: Duration::from_secs(30), operation: Duration::from_mins(1) };
    Config { connect_timeout: patient.attempt, point: patient, transfer: patient, ..Config::default() }
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
