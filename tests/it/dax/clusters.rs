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
    let ours = run_ours(&secure(), calm_cases());
    for client in Client::all() {
        assert_agree(client, &run_official(client, &secure(), calm_cases()), &ours);
    }
}

#[test]
fn containers_without_lengths_are_understood_by_all() {
    let indefinite = || Lab::new(Options { indefinite: true, ..Options::default() });
    let ours = run_ours(&Lab::plain(), calm_cases());
    for client in Client::all() {
        assert_agree(client, &run_official(client, &indefinite(), calm_cases()), &ours);
    }
    for (definite, indefinite) in ours.iter().zip(run_ours(&indefinite(), calm_cases())) {
        assert_eq!(definite.outcome, indefinite.outcome, "{}", definite.case["name"]);
    }
}

#[test]
fn with_several_nodes_the_outcomes_are_the_same_and_the_leader_writes() {
    let several = || Lab::new(Options { nodes: 3, ..Options::default() });
    let lab = several();
    let ours = run_ours(&lab, calm_cases());
    assert_eq!(writes(&lab, 1) + writes(&lab, 2), 0);
    for client in Client::all() {
        let lab = several();
        assert_agree(client, &run_official(client, &lab, calm_cases()), &ours);
        let of_replicas = writes(&lab, 1) + writes(&lab, 2);
        // Go asks any node to write; the nodes pass it on.
        assert_eq!(of_replicas > 0, client == Client::Go, "{client}: {of_replicas}");
    }
}

/// The cases in which nothing goes wrong: where that depends on the node that is asked, clients differ. What Python gives as the
/// reasons of a cancelled transaction has a number in it that depends on the cases before.
fn calm_cases() -> Vec<Value> {
    let is_calm = |case: &Value| {
        let options = &case["options"];
        options["fault"].is_null()
            && options["unprocessed"].is_null()
            && case["name"] != "transact_write_cancelled"
    };
    cases().into_iter().filter(is_calm).collect()
}

fn writes(lab: &Lab, node: usize) -> u64 {
    let counters = lab.cluster.node(node).counters();
    WRITES.iter().map(|&method| counters.calls_of(method)).sum()
}

#[test]
fn who_has_not_the_secret_gets_nothing() {
    let lab = || Lab::new(Options { credentials: Some(vec![credentials()]), ..Options::default() });
    let (get, right, wrong) = (case("get_hit"), lab(), lab());
    let expected = Ours::start(&right).call(&get);
    assert!(expected["output"]["Item"].is_object());
    assert!(Ours::start_with(&wrong, "guessed").call(&get)["error"].is_object());
    assert_eq!((refusals(&right), refusals(&wrong) > 0), (0, true));

    let rightful = Client::all().map(|client| Official::start(client, &right));
    rightful.for_each(|mut client| assert_eq!(client.call(&get)["output"], expected["output"]));
    let labs: Vec<_> = Client::all().map(|client| (client, lab())).collect();
    let mut guessing: Vec<_> =
        labs.iter().map(|(client, lab)| Official::start_with(*client, lab, "guessed")).collect();
    for client in &mut guessing {
        client.send(&get); // to all at once: they try again for seconds
    }
    for (client, (_, lab)) in guessing.iter_mut().zip(&labs) {
        assert!(client.outcome()["error"].is_object());
        assert!(refusals(lab) > 0, "{}", client.client);
    }
    assert_eq!(refusals(&right), 0);
}

fn refusals(lab: &Lab) -> u64 {
    lab.cluster.node(0).counters().authorizations_refused
}

fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test")
}
