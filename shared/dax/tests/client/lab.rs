//! A cluster with a table, and clients of it whose clock the tests move.

use std::fmt::Display;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_smithy_async::time::TimeSource;
use dax_client::{Breaker, Client, Config};
use dax_local::{Cluster, Method, Options};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};

/// The table. Its key is `pk`; each item has an `n` and a `text`.
pub(crate) const TABLE: &str = "items";
/// How many items there are: `k0` and so on.
pub(crate) const ITEMS: usize = 50;
/// The deadline of calls that are to miss it.
pub(crate) const DEADLINE: Duration = Duration::from_millis(400);
/// How much later than its deadline a call may end on a busy machine.
pub(crate) const TOLERANCE: Duration = Duration::from_millis(250);

pub(crate) struct Lab {
    pub(crate) cluster: Cluster,
    pub(crate) direct: aws_sdk_dynamodb::Client,
    pub(crate) clock: TestClock,
    nodes: usize,
    dynamodb: EmbeddedDynamoDb,
}

/// The wall clock, and whatever the test adds to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestClock(Arc<Mutex<Duration>>);

impl Lab {
    pub(crate) async fn start(nodes: usize) -> Self {
        Self::with(Options { nodes, ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let direct = dynamodb.client();
        create_table(&direct, "pk").await;
        fill_table(&direct).await;
        let nodes = options.nodes;
        let cluster = Cluster::start(Options { dynamodb: dynamodb.endpoint(), ..options }).unwrap();
        Self { cluster, direct, clock: TestClock::default(), nodes, dynamodb }
    }

    /// All nodes, as the name of a real cluster stands for.
    pub(crate) fn urls(&self) -> String {
        let url = |index| format!("dax://{}", self.cluster.node(index).address());
        (0..self.nodes).map(url).collect::<Vec<_>>().join(",")
    }

    /// Patient, so that only what a test is about goes wrong; and without a breaker.
    pub(crate) fn config(&self) -> Config {
        Config::new(&self.urls(), "us-east-1", credentials("AKID"))
            .unwrap()
            .read_deadline(Duration::from_secs(10))
            .write_deadline(Duration::from_secs(10))
            .attempt_timeout(Duration::from_secs(5))
            .connect_timeout(Duration::from_secs(5))
            .breaker(Breaker::OFF)
            .time_source(self.clock.clone())
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config()).unwrap()
    }

    /// A client whose calls end at [`DEADLINE`].
    pub(crate) fn hurried(&self) -> Client {
        let config =
            self.config().read_deadline(DEADLINE).write_deadline(DEADLINE).attempt_timeout(DEADLINE / 2);
        Client::new(config).unwrap()
    }

    pub(crate) fn dynamodb_url(&self) -> String {
        self.dynamodb.endpoint()
    }

    /// How many calls of the method have arrived, at all nodes.
    pub(crate) fn calls_of(&self, method: Method) -> u64 {
        self.counters().map(|counters| counters.calls_of(method)).sum()
    }

    pub(crate) fn connections_opened(&self) -> u64 {
        self.counters().map(|counters| counters.connections_opened).sum()
    }

    pub(crate) fn counters(&self) -> impl Iterator<Item = dax_local::Counters> {
        (0..self.nodes).map(|index| self.cluster.node(index).counters())
    }

    /// The `n` of an item, as DynamoDB has it.
    pub(crate) async fn stored(&self, key: &str) -> Option<String> {
        let output =
            self.direct.get_item().table_name(TABLE).key("pk", text(key)).consistent_read(true).send().await;
        let item = output.unwrap().item?;
        Some(item.get("n")?.as_n().unwrap().clone())
    }
}

impl TestClock {
    pub(crate) fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl TimeSource for TestClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.0.lock().unwrap()
    }
}

pub(crate) fn credentials(key: &str) -> Credentials {
    Credentials::new(key, "secret", None, None, "test")
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn number(number: impl Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// What the item `k{index}` says.
pub(crate) fn words(key: &str) -> String {
    format!("what {key} says")
}

pub(crate) async fn create_table(direct: &aws_sdk_dynamodb::Client, hash: &str) {
    let definition =
        AttributeDefinition::builder().attribute_name(hash).attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name(hash).key_type(KeyType::Hash);
    let table = direct.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let table = table.attribute_definitions(definition.build().unwrap()).key_schema(key.build().unwrap());
    table.send().await.unwrap();
}

async fn fill_table(direct: &aws_sdk_dynamodb::Client) {
    for index in 0..ITEMS {
        let key = format!("k{index}");
        let item = direct.put_item().table_name(TABLE).item("pk", text(&key)).item("n", number(index));
        item.item("text", text(&words(&key))).send().await.unwrap();
    }
}
