//! A bus, a proxy in front of it, and what the bus was told.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use aws_sdk_eventbridge::{Client, config::retry::RetryPartition};
use pennon_domain::{ChangeEvent, Timestamp};
use pennon_events::{Config, EventBus};
use pennon_local::LocalBus;
use pennon_test_support::FaultProxy;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A bus with a proxy in front of it.
pub(crate) struct Lab {
    pub(crate) local: LocalBus,
    pub(crate) proxy: FaultProxy,
    directory: TempDir,
}

impl Lab {
    pub(crate) async fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let local = LocalBus::start(listener, directory.path().join("events.jsonl")).unwrap();
        let proxy = FaultProxy::start(local.address()).await.unwrap();
        Self { local, proxy, directory }
    }

    /// The bus by way of the proxy, with that much patience.
    pub(crate) fn bus(&self, deadline: Duration) -> EventBus {
        let config = self.local.client().config().to_builder().endpoint_url(self.proxy.endpoint());
        // A retry budget of its own: that of the SDK is shared by all clients of a process.
        let client = Client::from_conf(config.retry_partition(RetryPartition::custom("bus").build()).build());
        let attempt_timeout = Duration::from_millis(300);
        EventBus::new(&client, Config { deadline, attempt_timeout, ..Config::default() })
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("events.jsonl")
    }

    /// What the bus was told, in its order.
    pub(crate) fn told(&self) -> Vec<Value> {
        events(&fs::read_to_string(self.file()).unwrap())
    }

    /// Of that, the identifiers of the changes.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.told().iter().map(id).collect()
    }
}

/// The events of the lines of a file.
pub(crate) fn events(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The identifier of the change that an event tells of.
pub(crate) fn id(event: &Value) -> String {
    event["detail"]["id"].as_str().unwrap().to_owned()
}

/// An event of a project; identifiers sort as they are counted.
pub(crate) fn event(project: &str, number: usize) -> ChangeEvent {
    ChangeEvent {
        at: Timestamp::from_millis(1_795_251_600_000),
        project: project.parse().unwrap(),
        detail_type: "Flag Changed",
        detail: json!({ "id": format!("{number:03}"), "project": project }).to_string(),
    }
}

/// That no event was told before an earlier one of its project. What is told again does not count.
#[track_caller]
pub(crate) fn assert_in_order(told: &[Value]) {
    let mut last: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in told {
        let project = event["detail"]["project"].as_str().unwrap().to_owned();
        let (id, before) = (id(event), last.entry(project).or_default());
        if !before.contains(&id) {
            assert!(before.last() < Some(&id), "{id} after {before:?}");
            before.push(id);
        }
    }
}
