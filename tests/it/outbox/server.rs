//! `pennon-local` tells of changes, as a deployment does.

use std::{
    collections::BTreeSet,
    fs,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::lab::{assert_in_order, events, id};
use crate::support::{LocalServer, Start, send};

const DEADLINE: Duration = Duration::from_secs(30);
const FLAGS: &str = "/v1/projects/demo/environments/local/flags";

fn told(server: &LocalServer) -> Vec<Value> {
    events(&fs::read_to_string(server.directory().join(".pennon/events.jsonl")).unwrap())
}

/// Makes flags, and says which versions that made.
async fn make_flags(server: &LocalServer, names: &[String]) -> Vec<u64> {
    let mut versions = Vec::new();
    for name in names {
        let flag =
            json!({ "state": "ENABLED", "variants": { "on": true }, "defaultVariant": "on" }).to_string();
        let request =
            server.manage("PUT", &format!("{FLAGS}/{name}")).header("if-none-match", "*").body(flag);
        let answer = send(request).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        versions.push(answer.header("pennon-version").unwrap().parse().unwrap());
    }
    versions
}

/// What was told, once it is of that version.
async fn wait_for(server: &LocalServer, version: u64) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let told = told(server);
        if told.iter().any(|event| event["detail"]["version"] == version) {
            return told;
        }
        assert!(begun.elapsed() < DEADLINE, "not told of {version}:\n{}", server.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn names(count: usize, first: usize) -> Vec<String> {
    (first..first + count).map(|number| format!("flag-{number}")).collect()
}

#[tokio::test]
async fn a_change_over_http_is_told_in_order_and_once() {
    let server = Start::new().serve();
    let versions = make_flags(&server, &names(5, 0)).await;
    let told = wait_for(&server, versions[4]).await;
    let of_flags: Vec<_> = told.iter().filter(|event| event["detail-type"] == "Flag Changed").collect();
    let keys: Vec<_> = of_flags.iter().map(|event| event["detail"]["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["flag-0", "flag-1", "flag-2", "flag-3", "flag-4"]);
    let told_of: Vec<_> = of_flags.iter().map(|event| event["detail"]["version"].as_u64().unwrap()).collect();
    assert_eq!(told_of, versions);
    let detail = &of_flags[0]["detail"];
    assert_eq!((&detail["actor"], &detail["kind"]), (&json!("local-admin"), &json!("flag")));
    assert_eq!(detail["changes"], json!([{ "kind": "flag", "key": "flag-0", "change": "created" }]));
    assert!(!of_flags[0].to_string().contains("defaultVariant"), "{detail}");

    let audit = send(server.manage("GET", "/v1/projects/demo/audit")).await.json();
    let mut of_audit: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    of_audit.reverse();
    assert_eq!(told.iter().map(id).collect::<Vec<_>>(), of_audit);
    assert!(server.output().contains("events.jsonl"), "{}", server.output());
}

#[tokio::test]
async fn nothing_is_lost_when_the_server_is_killed() {
    let mut server = Start::new().variable("DATA_DIR", "data").serve();
    let mut last = 0;
    for round in 0..4 {
        last = make_flags(&server, &names(3, 3 * round)).await[2];
        // At another moment each time: before it is told, while it is, or afterwards.
        tokio::time::sleep(Duration::from_millis(100 * round as u64)).await;
        server.kill_and_restart();
    }
    let told = wait_for(&server, last).await;
    assert_in_order(&told);
    let keys: BTreeSet<_> = told.iter().filter_map(|event| event["detail"]["key"].as_str()).collect();
    assert_eq!(keys, names(12, 0).iter().map(String::as_str).collect());
}

#[tokio::test]
async fn without_a_data_directory_the_events_of_an_earlier_run_are_gone() {
    let mut server = Start::new().serve();
    let versions = make_flags(&server, &names(1, 0)).await;
    wait_for(&server, versions[0]).await;
    server.kill_and_restart();
    wait_for(&server, 1).await;
    assert!(told(&server).iter().all(|event| event["detail-type"] != "Flag Changed"));
}
