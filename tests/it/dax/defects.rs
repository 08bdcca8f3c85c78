//! What goes wrong with the official clients when something goes wrong elsewhere, and does not with ours.

use std::time::{Duration, Instant};

use dax_local::{Fault, FaultKind, Method, ServiceError};
use serde_json::{Value, json};

use super::{
    lab::{Lab, case},
    official::{Client, Official},
    ours::Ours,
};

/// After that long, a client hangs: ours has answered or failed, and the tests before waited for milliseconds.
const HANGS: Duration = Duration::from_secs(5);

/// That is what a function sees first that was frozen: the server has closed the connections that were idle for too long.
#[test]
fn node_hangs_on_connections_that_the_server_has_closed_and_ours_does_not() {
    let (get, lab) = (case("get_hit"), Lab::plain());
    let (mut node, ours) = (Official::start(Client::Node, &lab), Ours::start(&lab));
    let expected = ours.call(&get);
    assert_eq!(node.call(&get)["output"], expected["output"]);

    assert!(lab.cluster.node(0).close_idle() >= 2);
    assert_eq!(ours.call(&get), expected);
    // It hangs once it has seen that they are closed. That takes turns of its event loop, and each of these calls is one.
    for _ in 0..3 {
        assert_eq!(node.call(&json!({"operation": "Nothing"}))["error"]["name"], "TypeError");
    }
    node.send(&get);
    assert_eq!(node.outcome_within(HANGS), None);
}

#[test]
fn a_node_that_does_not_answer_holds_up_the_official_clients_and_ours_for_its_deadline() {
    let (get, lab) = (case("get_hit"), Lab::plain());
    let mut officials: Vec<_> = Client::all().map(|client| Official::start(client, &lab)).collect();
    let ours = Ours::impatient(&lab);
    for official in &mut officials {
        official.call(&get);
    }

    lab.cluster.node(0).inject(Fault::new(FaultKind::BlackHole));
    let begun = Instant::now();
    for official in &mut officials {
        official.send(&get);
    }
    assert_eq!(ours.call(&get)["error"]["name"], "TimeoutError");
    assert!(begun.elapsed() < HANGS, "{:?}", begun.elapsed());
    for official in &mut officials {
        assert_eq!(
            official.outcome_within(HANGS.saturating_sub(begun.elapsed())),
            None,
            "{}",
            official.client
        );
    }
}

/// The write was done, but its answer got lost: whoever tries again does it twice.
#[test]
fn python_and_go_count_twice_when_the_answer_gets_lost_and_node_and_ours_do_not() {
    for (client, expected) in [(Client::Python, "2"), (Client::Node, "1"), (Client::Go, "2")] {
        if client.is_here() {
            let lab = Lab::plain();
            let mut official = Official::start(client, &lab);
            assert_eq!(count_once(&lab, |case| official.call(case)), expected, "{client}");
        }
    }
    let lab = Lab::plain();
    let ours = Ours::start(&lab);
    assert_eq!(count_once(&lab, |case| ours.call(case)), "1");
}

/// Adds 1 to a counter at a node that does not say that it did. Returns what the counter is then.
fn count_once(lab: &Lab, mut call: impl FnMut(&Value) -> Value) -> String {
    let key = json!({"pk": {"S": "counter"}});
    let unknown = ServiceError {
        codes: vec![1, 37, 38, 53],
        message: "the outcome is not known".to_owned(),
        request_id: None,
        error_code: None,
        http_status: Some(500),
        reasons: Vec::new(),
    };
    lab.cluster.node(0).inject(Fault::once(FaultKind::ErrorAfterDone(unknown)).on(Method::UpdateItem));
    call(&json!({"operation": "UpdateItem", "input": {
        "TableName": "flags", "Key": key, "UpdateExpression": "ADD clicks :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }}));
    let read = json!({"operation": "GetItem", "input": {
        "TableName": "flags", "Key": key, "ConsistentRead": true,
    }});
    call(&read)["output"]["Item"]["clicks"]["N"].as_str().expect("a number").to_owned()
}

#[test]
fn python_connects_anew_after_each_refusal_and_ours_keeps_its_connection() {
    let (put, refused) = (case("put_plain"), case("put_condition_fails"));
    let (of_ours, of_python) = (Lab::plain(), Lab::plain());
    let (ours, mut python) = (Ours::start(&of_ours), Official::start(Client::Python, &of_python));
    ours.call(&put);
    python.call(&put);
    let authorizations = |lab: &Lab| lab.cluster.node(0).counters().authorizations;
    let before = authorizations(&of_python);
    for _ in 0..4 {
        assert_eq!(ours.call(&refused)["error"]["name"], "ConditionalCheckFailedException");
        assert_eq!(python.call(&refused)["error"]["name"], "ConditionalCheckFailedException");
    }
    assert_eq!(authorizations(&of_ours), 1);
    // One for each of the three attempts at each call, but for the first, which has the connection of the call before.
    assert!(authorizations(&of_python) - before >= 11, "{}", authorizations(&of_python) - before);
}

/// DynamoDB takes 100.
#[test]
fn node_refuses_transactions_of_more_than_25_reads_and_ours_does_not() {
    let lab = Lab::plain();
    let get = |number| json!({"Get": {"TableName": "flags", "Key": {"pk": {"S": format!("many#{number}")}}}});
    let gets: Vec<_> = (0..26).map(get).collect();
    let reads = json!({"operation": "TransactGetItems", "input": {"TransactItems": gets}});
    assert_eq!(Official::start(Client::Node, &lab).call(&reads)["error"]["name"], "ValidationException");
    let responses = &Ours::start(&lab).call(&reads)["output"]["Responses"];
    assert_eq!(responses.as_array().map(Vec::len), Some(26));
}
