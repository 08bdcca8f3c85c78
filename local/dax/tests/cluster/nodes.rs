//! Several nodes: who leads, what the others know, and what happens when one is gone.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use dax_client::protocol::metadata::Role;
use dax_local::{Cluster, Error, Fault, FaultKind, Method, Options};
use tokio::net::TcpSocket;

use crate::lab::Lab;
use crate::raw::Raw;

fn nodes(nodes: usize) -> Lab {
    Lab::new(Options { nodes, ..Options::default() })
}

/// The ports of the nodes that are there, the leader's first.
fn ports(client: &mut Raw) -> Vec<u16> {
    let mut endpoints = client.endpoints().unwrap();
    endpoints.sort_by_key(|endpoint| (endpoint.role != Role::Leader, endpoint.node));
    assert_eq!(endpoints.iter().filter(|endpoint| endpoint.role == Role::Leader).count(), 1);
    endpoints.iter().map(|endpoint| endpoint.port).collect()
}

#[test]
fn every_node_names_all_nodes_and_who_leads() {
    let lab = nodes(3);
    let port = |node: usize| lab.cluster.node(node).address().port();
    for node in 0..3 {
        assert_eq!(ports(&mut lab.connect_to(node)), [port(0), port(1), port(2)]);
    }
    let session = |client: &mut Raw| client.endpoints().unwrap()[0].leader_session.unwrap();
    let mut client = lab.connect();
    let before = session(&mut client);
    lab.cluster.set_leader(2);
    assert_eq!(ports(&mut client), [port(2), port(0), port(1)]);
    assert!(session(&mut client) > before);
    lab.cluster.node(1).stop();
    lab.cluster.set_leader(1);
    assert_eq!(ports(&mut client), [port(0), port(2)], "the first of those that can");
}

#[test]
fn a_node_that_is_stopped_breaks_its_connections_and_comes_back_empty_on_its_port() {
    let lab = nodes(2);
    let address = lab.node().address();
    let (mut zero, mut one) = (lab.connect_to(0), lab.connect_to(1));
    zero.put("a", 1);
    lab.put_around("a", 2);
    lab.node().stop();
    assert!(zero.try_get("a").unwrap_err().is_closed());
    assert!(TcpStream::connect(address).is_err());
    assert_eq!(ports(&mut one), [lab.cluster.node(1).address().port()], "the other one leads");
    assert_eq!(lab.cluster.url(), format!("dax://{}", lab.cluster.node(1).address()));
    assert_eq!(lab.counters().connections_open, 0);

    lab.node().start().unwrap();
    lab.node().start().unwrap();
    assert_eq!(lab.node().address(), address);
    assert_eq!(ports(&mut one), [lab.cluster.node(1).address().port(), address.port()]);
    assert_eq!(one.get("a"), Some(1), "the others have what they had");
    assert_eq!(lab.connect().get("a"), Some(2), "what it had cached is gone");
    assert_eq!(one.get("a"), Some(2), "and they learn what it reads");
}

#[test]
fn nobody_else_gets_the_port_of_a_stopped_node() {
    let lab = nodes(2);
    let address = lab.cluster.node(1).address();
    let is_free = || TcpSocket::new_v4().unwrap().bind(address).is_ok();
    lab.cluster.node(1).stop();
    assert!(!is_free());
    drop(lab);
    assert!(is_free());
}

#[test]
fn a_node_may_be_stopped_again_and_again() {
    let lab = nodes(1);
    for _ in 0..20 {
        let mut client = lab.connect();
        assert!(client.endpoints().is_ok());
        lab.node().stop();
        lab.node().stop();
        assert!(client.endpoints().unwrap_err().is_closed());
        lab.node().start().unwrap();
    }
    assert_eq!(ports(&mut lab.connect()), [lab.node().address().port()]);
}

#[test]
fn connections_without_a_call_may_be_closed() {
    let lab = Lab::plain();
    let (mut idle, mut busy) = (lab.connect(), lab.connect());
    idle.put("a", 1);
    busy.put("a", 1);
    assert_eq!(lab.counters().connections_open, 2);
    lab.node().inject(Fault::once(FaultKind::Delay(Duration::from_millis(100))).on(Method::GetItem));
    let reading = thread::spawn(move || busy.get("a"));
    while lab.counters().calls_of(Method::GetItem) == 0 {
        thread::yield_now();
    }
    assert_eq!(lab.node().close_idle(), 1);
    assert_eq!(reading.join().unwrap(), Some(1));
    assert!(idle.try_get("a").unwrap_err().is_closed());
}

#[test]
fn other_nodes_learn_of_items_when_their_lag_is_over() {
    let lag = Duration::from_millis(200);
    let lab = Lab::new(Options { nodes: 2, replication_lag: lag, ..Options::default() });
    let (mut zero, mut one) = (lab.connect_to(0), lab.connect_to(1));
    lab.put_around("a", 1);
    assert_eq!(one.get("a"), Some(1));
    let began = Instant::now();
    zero.put("a", 2);
    let stale = one.get("a");
    assert!(began.elapsed() < lag, "this machine is too slow for the test");
    assert_eq!(stale, Some(1));
    while one.get("a") != Some(2) {
        assert!(began.elapsed() < 20 * lag, "it never learns");
    }
    assert!(began.elapsed() >= lag);
    assert_eq!(lab.cluster.node(1).counters().item_misses, 1, "it was told, and did not ask");
}

#[test]
fn without_a_lag_other_nodes_know_at_once() {
    let lab = nodes(3);
    lab.connect_to(1).put("a", 1);
    lab.put_around("a", 2);
    for node in 0..3 {
        assert_eq!(lab.connect_to(node).get("a"), Some(1));
    }
}

#[test]
fn a_cluster_that_is_dropped_frees_its_ports() {
    let lab = nodes(2);
    let addresses = [0, 1].map(|node| lab.cluster.node(node).address());
    let mut client = lab.connect();
    client.put("a", 1);
    drop(lab);
    assert!(client.try_get("a").unwrap_err().is_closed());
    for address in addresses {
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn a_cluster_has_at_least_one_node_and_at_most_eleven() {
    for nodes in [0, 12] {
        let refused = Cluster::start(Options { nodes, ..Options::default() }).unwrap_err();
        assert!(matches!(refused, Error::Nodes(_)), "{refused}");
    }
    assert!(Cluster::start(Options { nodes: 11, ..Options::default() }).is_ok());
}

#[test]
fn ports_follow_the_first_and_must_be_free() {
    let lab = nodes(1);
    let port = lab.node().address().port();
    let refused = Cluster::start(Options { port, ..Options::default() }).unwrap_err();
    assert!(matches!(refused, Error::Listen { port: taken, .. } if taken == port), "{refused}");
    let refused = Cluster::start(Options { port: u16::MAX, nodes: 2, ..Options::default() }).unwrap_err();
    assert!(matches!(refused, Error::Listen { .. }), "{refused}");
}
