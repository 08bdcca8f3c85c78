//! Clusters of several nodes, over TLS, that check credentials: every client with each.

use aws_sdk_dynamodb::config::Credentials;
use dax_local::{Method, Options};
use serde_json::Value;

use super::{
    cases::{assert_agree, run_official, run_ours},
    lab::{ACCESS_KEY, Lab, SECRET_KEY, case, cases},
    official::{Client, Official},
    ours::Ours,
};

const WRITES: [Method; 5] = [
    Method::PutItem,
    Method::UpdateItem,
    Method::DeleteItem,
    Method::BatchWriteItem,
    Method::TransactWriteItems,
];

#[test]
fn over_tls_the_outcomes_are_the_same() {
    let secure =
        || Lab::new(Options { tls: true, credentials: Some(vec![credentials()]), ..Options::default() });
    let ours = run_ours(&secure(), cases());
    for client in Client::all() {
        assert_agree(client, &run_official(client, &secure(), cases()), &ours);
    }
}

#[test]
fn containers_without_lengths_are_understood_by_all() {
    let indefinite = || Lab::new(Options { indefinite: true, ..Options::default() });
    let ours = run_ours(&Lab::plain(), cases());
    for client in Client::all() {
        assert_agree(client, &run_official(client, &indefinite(), cases()), &ours);
    }
    for (definite, indefinite) in ours.iter().zip(run_ours(&indefinite(), cases())) {
        assert_eq!(definite.outcome, indefinite.outcome, "{}", definite.case["name"]);
    }
}

#[test]
fn with_several_nodes_the_outcomes_are_the_same_and_the_leader_writes() {
    let several = || Lab::new(Options { nodes: 3, ..Options::default() });
    // What goes wrong goes wrong at one node, which need not be the one that is asked. What Python gives as reasons has a number
    // in it that depends on the cases before.
    let is_fit = |case: &Value| case["options"].is_null() && case["name"] != "transact_write_cancelled";
    let cases: Vec<Value> = cases().into_iter().filter(is_fit).collect();
    let lab = several();
    let ours = run_ours(&lab, cases.clone());
    assert_eq!(writes(&lab, 1) + writes(&lab, 2), 0);
    for client in Client::all() {
        let lab = several();
        assert_agree(client, &run_official(client, &lab, cases.clone()), &ours);
        let of_replicas = writes(&lab, 1) + writes(&lab, 2);
        // Go asks any node to write; the nodes pass it on.
        assert_eq!(of_replicas > 0, client == Client::Go, "{client}: {of_replicas}");
    }
}

fn writes(lab: &Lab, node: usize) -> u64 {
    let counters = lab.cluster.node(node).counters();
    WRITES.iter().map(|&method| counters.calls_of(method)).sum()
}

#[test]
fn who_has_not_the_secret_gets_nothing() {
    let lab = || Lab::new(Options { credentials: Some(vec![credentials()]), ..Options::default() });
    let (get, right) = (case("get_hit"), lab());
    let expected = Ours::start(&right).call(&get);
    assert!(expected["output"]["Item"].is_object());
    let wrong = lab();
    assert!(Ours::start_with(&wrong, "guessed").call(&get)["error"].is_object());
    assert_eq!((refusals(&right), refusals(&wrong) > 0), (0, true));
    for client in Client::all() {
        let (right, wrong) = (lab(), lab());
        assert_eq!(Official::start(client, &right).call(&get)["output"], expected["output"]);
        assert!(Official::start_with(client, &wrong, "guessed").call(&get)["error"].is_object());
        assert_eq!((refusals(&right), refusals(&wrong) > 0), (0, true), "{client}");
    }
}

fn refusals(lab: &Lab) -> u64 {
    lab.cluster.node(0).counters().authorizations_refused
}

fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test")
}
