//! The stream of the audit, as the function is handed it, from the tables to the bus.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use pennon_domain::{Bucketing, Definition, SystemClock};
use pennon_local::EventSource;
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Fault, Scope, Storage};
use serde_json::Value;
use tokio::task::AbortHandle;

use super::lab::{Lab, assert_in_order};

/// A record that cannot be handled is tried eleven times.
const DEADLINE: Duration = Duration::from_mins(1);

/// Tables that are changed, and a bus that is told.
struct Outbox {
    lab: Lab,
    dynamodb: EmbeddedDynamoDb,
    store: Store,
}

/// The delivery, until it is dropped.
struct Delivering(AbortHandle);

impl Outbox {
    async fn new() -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let store = Store::new(dynamodb.client(), Config::default(), Arc::new(SystemClock));
        store.create_tables().await.unwrap();
        Self { lab: Lab::start().await, dynamodb, store }
    }

    fn deliver(&self, data: Option<&Path>) -> Delivering {
        let stream = self.dynamodb.stream(&Config::default().audit_table);
        let source = EventSource::new(stream, self.lab.bus(Duration::from_secs(2)), data).unwrap();
        Delivering(tokio::spawn(source.deliver()).abort_handle())
    }

    /// Changes an environment so many times.
    async fn change(&self, environment: &str, versions: std::ops::RangeInclusive<u32>) {
        for version in versions {
            let flag = format!(
                r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"v":{version}}},"defaultVariant":"v"}}}}}}"#
            );
            let definition = Definition::parse(&flag).unwrap();
            let environment = environment.parse().unwrap();
            self.store.publish(&environment, &definition, Bucketing::V3, &BTreeMap::new()).await.unwrap();
        }
    }

    /// The versions of an environment that the bus was told of, once it was told of the last.
    async fn told(&self, environment: &str, last: u32) -> Vec<u64> {
        let (project, environment) = environment.split_once('.').unwrap();
        let of = |event: &Value| {
            event["detail"]["project"] == project && event["detail"]["environment"] == environment
        };
        let begun = Instant::now();
        loop {
            let told = self.lab.told();
            assert_in_order(&told);
            let versions: Vec<_> = told
                .iter()
                .filter(|event| of(event))
                .filter_map(|event| event["detail"]["version"].as_u64())
                .collect();
            if versions.contains(&last.into()) {
                return versions;
            }
            assert!(begun.elapsed() < DEADLINE, "told of {versions:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[tokio::test]
async fn changes_are_told_in_their_order_and_once() {
    let outbox = Outbox::new().await;
    outbox.change("shop.production", 1..=3).await;
    let _delivering = outbox.deliver(None);
    outbox.change("shop.staging", 1..=2).await;
    outbox.change("shop.production", 4..=6).await;
    assert_eq!(outbox.told("shop.production", 6).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(outbox.told("shop.staging", 2).await, [1, 2]);
}

#[tokio::test]
async fn changes_are_told_at_least_once_by_way_of_a_bus_that_fails() {
    let outbox = Outbox::new().await;
    let mut asked = 0_u32;
    outbox.lab.local.refuse(move |_| {
        asked += 1;
        asked.is_multiple_of(3).then_some("InternalFailure")
    });
    for (after, fault) in
        [(2, Fault::LoseAnswer), (5, Fault::INTERNAL), (9, Fault::Close), (12, Fault::BlackHole)]
    {
        outbox.lab.proxy.inject(Scope::all().after(after).times(2), fault);
    }
    let _delivering = outbox.deliver(None);
    for version in 1..=12 {
        outbox.change("shop.production", version..=version).await;
        outbox.change("blog.production", version..=version).await;
    }
    for environment in ["shop.production", "blog.production"] {
        let mut told = outbox.told(environment, 12).await;
        told.dedup();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, (1..=12).collect::<Vec<_>>(), "{environment}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_holds_up_nobody_for_long() {
    let outbox = Outbox::new().await;
    outbox.change("shop.production", 1..=2).await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = outbox.dynamodb.client().put_item().table_name(Config::default().audit_table);
    put.item("pk", text("P#shop#202611")).item("sk", text("no-row")).send().await.unwrap();
    outbox.change("shop.production", 3..=4).await;
    outbox.change("blog.production", 1..=1).await;
    let _delivering = outbox.deliver(None);
    assert_eq!(outbox.told("shop.production", 4).await, [1, 2, 3, 4]);
    assert_eq!(outbox.told("blog.production", 1).await, [1]);
}

#[tokio::test]
async fn what_was_told_before_a_restart_is_not_told_again() {
    let outbox = Outbox::new().await;
    let data = tempfile::tempdir().unwrap();
    outbox.change("shop.production", 1..=3).await;
    let delivering = outbox.deliver(Some(data.path()));
    outbox.told("shop.production", 3).await;
    // Until it is noted how far it has come.
    let begun = Instant::now();
    while !data.path().join("stream.checkpoint").exists() {
        assert!(begun.elapsed() < DEADLINE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(delivering);
    outbox.change("shop.production", 4..=5).await;
    let _delivering = outbox.deliver(Some(data.path()));
    assert_eq!(outbox.told("shop.production", 5).await, [1, 2, 3, 4, 5]);
}
