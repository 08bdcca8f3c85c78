//! A cluster before a database of its own, and calls of both.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, ConsumedCapacity, KeySchemaElement, KeyType,
    ReturnConsumedCapacity, ScalarAttributeType,
};
use dax_local::{Attributes, Cluster, Counters, Node, Options};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use tokio::runtime::Runtime;

use crate::gate::Gate;
use crate::raw::{Failure, Raw};

/// A table with the key `pk`.
pub(crate) const FLAGS: &str = "flags";

pub(crate) struct Lab {
    pub(crate) cluster: Cluster,
    database: Client,
    runtime: Runtime,
    /// After the cluster, which has connections to it.
    _database: EmbeddedDynamoDb,
}

impl Lab {
    pub(crate) fn new(options: Options) -> Self {
        let database = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let endpoint = database.endpoint();
        Self::over(database, Options { dynamodb: endpoint, ..options })
    }

    /// The cluster reaches its database through the gate.
    pub(crate) fn behind_a_gate() -> (Self, Gate) {
        let database = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let gate = Gate::before(database.address());
        let options = Options { dynamodb: gate.endpoint(), ..Options::default() };
        (Self::over(database, options), gate)
    }

    fn over(database: EmbeddedDynamoDb, options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = database.client();
        runtime.block_on(make_table(&client));
        let cluster = Cluster::start(options).unwrap();
        Self { cluster, database: client, runtime, _database: database }
    }

    pub(crate) fn plain() -> Self {
        Self::new(Options::default())
    }

    /// A connection to the first node.
    pub(crate) fn connect(&self) -> Raw {
        self.connect_to(0)
    }

    pub(crate) fn connect_to(&self, node: usize) -> Raw {
        Raw::connect(self.cluster.node(node).address())
    }

    /// The first node.
    pub(crate) fn node(&self) -> Node<'_> {
        self.cluster.node(0)
    }

    /// Of the first node.
    pub(crate) fn counters(&self) -> Counters {
        self.node().counters()
    }

    /// Writes an item around the cluster.
    pub(crate) fn put_around(&self, name: &str, version: u32) {
        let put = self.database.put_item().table_name(FLAGS).set_item(Some(flag(name, version)));
        self.runtime.block_on(put.send()).unwrap();
    }

    pub(crate) fn delete_around(&self, name: &str) {
        let delete = self.database.delete_item().table_name(FLAGS).set_key(Some(key(name)));
        self.runtime.block_on(delete.send()).unwrap();
    }

    /// What the database has.
    pub(crate) fn stored(&self, name: &str) -> Option<u32> {
        let get = self.database.get_item().table_name(FLAGS).set_key(Some(key(name))).consistent_read(true);
        version_of(self.runtime.block_on(get.send()).unwrap().item())
    }
}

async fn make_table(client: &Client) {
    let name = "pk";
    let key = KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().unwrap();
    let definition = AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap();
    let create = client.create_table().table_name(FLAGS).billing_mode(BillingMode::PayPerRequest);
    create.key_schema(key).attribute_definitions(definition).send().await.unwrap();
}

pub(crate) fn key(name: &str) -> Attributes {
    [("pk".to_owned(), AttributeValue::S(name.to_owned()))].into()
}

pub(crate) fn flag(name: &str, version: u32) -> Attributes {
    let version = AttributeValue::N(version.to_string());
    key(name).into_iter().chain([("version".to_owned(), version)]).collect()
}

pub(crate) fn version_of(item: Option<&Attributes>) -> Option<u32> {
    item.map(|item| item["version"].as_n().unwrap().parse().unwrap())
}

/// The capacity that a call took. If the cluster tells none, clients say that it was nothing.
pub(crate) fn units(capacity: Option<&ConsumedCapacity>) -> f64 {
    capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or_default()
}

pub(crate) fn get_input(name: &str, is_consistent: bool) -> GetItemInput {
    GetItemInput::builder()
        .table_name(FLAGS)
        .set_key(Some(key(name)))
        .consistent_read(is_consistent)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .build()
        .unwrap()
}

pub(crate) fn put_input(name: &str, version: u32) -> PutItemInput {
    PutItemInput::builder().table_name(FLAGS).set_item(Some(flag(name, version))).build().unwrap()
}

pub(crate) fn delete_input(name: &str) -> DeleteItemInput {
    DeleteItemInput::builder().table_name(FLAGS).set_key(Some(key(name))).build().unwrap()
}

impl Raw {
    /// The version of a flag, with eventual consistency.
    pub(crate) fn get(&mut self, name: &str) -> Option<u32> {
        version_of(self.try_get(name).unwrap().item())
    }

    pub(crate) fn get_consistently(&mut self, name: &str) -> Option<u32> {
        version_of(self.call(&get_input(name, true)).unwrap().item())
    }

    pub(crate) fn try_get(&mut self, name: &str) -> Result<GetItemOutput, Failure> {
        self.call(&get_input(name, false))
    }

    pub(crate) fn put(&mut self, name: &str, version: u32) {
        self.call(&put_input(name, version)).unwrap();
    }
}
