//! What every test of the cache tier sets up.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use dax_local::{Cluster, Counters, Method, Options};
use pennon_domain::{Bucketing, Definition};
use pennon_dynamodb_local::{REGION, credentials};
use pennon_store::{Config, Dax, DaxConfig, Store};
use pennon_test_support::client;

use super::super::lab::{self, Lab, definition, id, keys, patient};

type Item = HashMap<String, AttributeValue>;

/// After this time DAX is asked for a version.
pub(crate) const SETTLED: Duration = Duration::from_millis(250);

/// More than DAX takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A DynamoDB, and a DAX cluster that reaches it beside the proxy: what the proxy sees, DAX was not asked for.
pub(crate) struct DaxLab {
    pub(crate) lab: Lab,
    pub(crate) cluster: Cluster,
}

impl DaxLab {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A cluster like that; which DynamoDB it stands before is for the lab to say.
    pub(crate) async fn with(options: Options) -> Self {
        let lab = Lab::start().await;
        let cluster = Cluster::start(Options { dynamodb: lab.endpoint().to_owned(), ..options }).unwrap();
        Self { lab, cluster }
    }

    /// A process that has remembered nothing yet, and gives DAX time, because the machine may be busy.
    pub(crate) fn process(&self) -> Store {
        self.process_with(self.patiently())
    }

    /// The first node, and all the time that it wants.
    pub(crate) fn patiently(&self) -> DaxConfig {
        DaxConfig { deadline: PATIENCE, ..DaxConfig::at(self.cluster.url()) }
    }

    /// A process that gives DAX no more time than any does by default.
    pub(crate) fn hasty_process(&self) -> Store {
        self.process_with(DaxConfig::at(self.cluster.url()))
    }

    pub(crate) fn process_with(&self, dax: DaxConfig) -> Store {
        self.process_like(Config { dax: Some(dax), ..patient() })
    }

    pub(crate) fn process_like(&self, config: Config) -> Store {
        let config = self.lab.config(config);
        let dax = Dax::open(&config, REGION, credentials()).unwrap();
        let dynamodb = client(&self.lab.proxy.endpoint());
        Store::with_dax(dynamodb, dax, config, Arc::new(self.lab.clock.clone()))
    }

    /// Publishes from another process, and waits until DAX may be asked.
    pub(crate) async fn publish(&self, environment: &str, number: u32) {
        self.publish_all(environment, &definition(number)).await;
    }

    pub(crate) async fn publish_all(&self, environment: &str, definition: &Definition) {
        lab::publish(&self.lab.elsewhere(), environment, definition).await;
        self.lab.clock.advance(SETTLED);
    }

    /// The calls for chunks that arrived at the first node.
    pub(crate) fn calls(&self) -> u64 {
        self.counters().calls_of(Method::BatchGetItem)
    }

    pub(crate) fn counters(&self) -> Counters {
        self.cluster.node(0).counters()
    }

    /// Puts that in the place of an attribute of a chunk, in the first node's cache alone.
    pub(crate) async fn poison(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let mut item = self.item(pk, sk).await;
        item.insert(attribute.to_owned(), value);
        self.cluster.node(0).poison_item(&self.lab.table("core"), chunk_key(pk, sk), item).unwrap();
    }

    /// Asks DAX for an item of the `core` table, as a program might that waits for no HEAD.
    pub(crate) async fn ask_dax(&self, pk: &str, sk: &str) -> Option<Item> {
        let config = dax_client::Config::new(&self.cluster.url(), REGION, credentials()).unwrap();
        let get = dax_client::Client::new(config).unwrap().get_item().table_name(self.lab.table("core"));
        // Whether it answers is for the faults of the test to say.
        get.set_key(Some(chunk_key(pk, sk))).send().await.ok()?.item
    }

    /// An item of the `core` table.
    pub(crate) async fn item(&self, pk: &str, sk: &str) -> Item {
        let get = self.lab.raw().get_item().table_name(self.lab.table("core")).consistent_read(true);
        get.set_key(Some(chunk_key(pk, sk))).send().await.unwrap().item.unwrap()
    }
}

/// A primary key.
pub(crate) fn chunk_key(pk: &str, sk: &str) -> Item {
    [("pk", pk), ("sk", sk)].map(|(name, value)| (name.into(), AttributeValue::S(value.into()))).into()
}

/// The number that [`definition`] was made with, as it is served.
pub(crate) async fn number(store: &Store, environment: &str) -> u32 {
    let view = lab::view(store, environment).await;
    assert!(!view.stale);
    number_in(&view.snapshot.to_json().unwrap())
}

pub(crate) fn number_in(json: &str) -> u32 {
    let definition: serde_json::Value = serde_json::from_str(json).unwrap();
    definition["flags"]["number"]["variants"]["it"].as_u64().unwrap().try_into().unwrap()
}

/// Publishes with a store of the test's own.
pub(crate) async fn publish_with(store: &Store, environment: &str, number: u32) -> u64 {
    let published = store.publish(&id(environment), &definition(number), Bucketing::V3, &keys(1)).await;
    published.unwrap().version
}
