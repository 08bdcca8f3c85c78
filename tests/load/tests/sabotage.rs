//! The load against every function in this process, with and without a proxy that lies: an oracle that never objects would prove
//! nothing.

#![cfg(test)]

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use pennon_load::{
    chaos::{Failures, Fault, Liar, Past, Phase, Sabotage},
    client::Connection,
    content::Content,
    crowd::{Crowd, Size},
    oracle::Oracle,
    pace::Pace,
    publisher::Publisher,
    record::{Record, Recorder},
    run::{Lanes, PATIENCE, Run},
    setup::{names, set_up},
};
use pennon_local::{Gateway, LocalIssuer};
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Storage};
use tokio::{net::TcpListener, task::JoinSet};

/// Longer than a process may answer from a HEAD in memory, so that a publish that never happened is missed.
const LENGTH: Duration = Duration::from_secs(4);
const RATE: f64 = 50.0;

/// Runs the load for a moment, and judges it as a phase in which nothing is wrong.
async fn violations(sabotage: Option<Sabotage>) -> Vec<String> {
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
    let config = Config { head_ttl: Duration::from_millis(200), ..Config::default() };
    let store = Store::new(dynamodb.client(), config, Arc::new(pennon_domain::SystemClock));
    store.create_tables().await.unwrap();
    let issuer = LocalIssuer::new().unwrap();
    let token = issuer.sign(&LocalIssuer::claims("load", &["admin"])).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string();
    tokio::spawn(Gateway::new(&store, issuer.authenticator()).serve(listener, std::future::pending()));

    let (content, environments, start) = (Content::new(20), names(2), Instant::now());
    let mut connection = Connection::new(server.clone(), PATIENCE);
    let secrets = set_up(&mut connection, &token, content, &environments).await.unwrap();
    let liar = match sabotage {
        Some(sabotage) => Some(Liar::start(server.clone(), sabotage).await.unwrap()),
        None => None,
    };
    let run = Arc::new(Run {
        start,
        authority: liar.as_ref().map_or(server, Liar::authority),
        crowd: Crowd::new(1, Size { environments: 2, pollers: 20 }, content),
        oracle: Oracle::new(content, environments.clone(), None),
        environments,
        secrets: RwLock::new(secrets),
        recorder: Recorder::default(),
        lanes: Lanes::unlimited(),
    });
    let pace = Arc::new(Pace::start(start, RATE));
    let asking = tokio::spawn(Arc::clone(&run).ask(Arc::clone(&pace), 8));
    let mut publisher = Publisher::new(Arc::clone(&run));
    while start.elapsed() < LENGTH {
        for environment in 0..2 {
            publisher.publish(environment, run.now()).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    pace.stop();
    asking.await.unwrap();
    judge(&run.recorder.take(), run.now())
}

fn judge(record: &Record, end: Duration) -> Vec<String> {
    assert!(record.samples.len() > 50, "{} requests", record.samples.len());
    let phase = Phase {
        name: "nothing is wrong",
        fault: Fault::Nothing,
        length: LENGTH,
        stale: false,
        failures: Failures::None,
        management_may_fail: false,
        latency: Duration::from_secs(4),
    };
    let past = Past { phase, broken: Duration::ZERO..end, end, primed: Duration::ZERO, killed: 0 };
    past.judge(None, record, &[]).violations
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_server_breaks_no_rule() {
    assert_eq!(violations(None).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_is_noticed() {
    let all = [
        Sabotage::Value,
        Sabotage::Version,
        Sabotage::Unchanged,
        Sabotage::Failure,
        Sabotage::Chatter,
        Sabotage::Publish,
        Sabotage::Stale,
    ];
    let mut runs = JoinSet::new();
    for sabotage in all {
        runs.spawn(async move { (sabotage, violations(Some(sabotage)).await) });
    }
    for (sabotage, violations) in runs.join_all().await {
        assert!(!violations.is_empty(), "{sabotage:?} was not noticed");
    }
}
