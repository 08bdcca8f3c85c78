//! The item cache.

use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{AttributeValue, Get, Put, ReturnValue, TransactGetItem, TransactWriteItem};
use dax_client::protocol::error::ErrorKind;
use dax_local::Options;

use crate::lab::{FLAGS, Lab, delete_input, flag, key, put_input, units, version_of};

const TTL: Duration = Duration::from_millis(300);

#[test]
fn an_item_written_around_the_cluster_is_stale_until_its_time_is_up() {
    let lab = Lab::new(Options { record_ttl: TTL, ..Options::default() });
    let mut client = lab.connect();
    lab.put_around("a", 1);
    let began = Instant::now();
    assert_eq!(client.get("a"), Some(1));
    lab.put_around("a", 2);
    let stale = client.get("a");
    assert!(began.elapsed() < TTL, "this machine is too slow for the test");
    assert_eq!(stale, Some(1));
    thread::sleep(TTL);
    assert_eq!(client.get("a"), Some(2));
    let counters = lab.counters();
    assert_eq!((counters.item_hits, counters.item_misses), (1, 2));
}

#[test]
fn that_there_is_no_item_is_remembered_too() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    assert_eq!(client.get("a"), None);
    lab.put_around("a", 1);
    assert_eq!(client.get("a"), None, "written around the cluster");
    assert_eq!(lab.counters().negative_hits, 1);
    client.put("a", 2);
    assert_eq!(client.get("a"), Some(2), "written through it");
}

#[test]
fn writes_go_through() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    assert_eq!((lab.stored("a"), client.get("a")), (Some(1), Some(1)));
    lab.delete_around("a");
    assert_eq!(client.get("a"), Some(1), "the write has filled the cache");
    client.call(&delete_input("a")).unwrap();
    lab.put_around("a", 2);
    assert_eq!(client.get("a"), None, "and the deletion has emptied it");
    let counters = lab.counters();
    assert_eq!((counters.item_hits, counters.negative_hits, counters.item_misses), (2, 1, 0));
}

#[test]
fn a_write_that_is_refused_changes_nothing() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    let mut put = put_input("a", 2);
    put.condition_expression = Some("attribute_not_exists(pk)".to_owned());
    let refusal = client.call(&put).unwrap_err().refusal();
    assert_eq!(refusal.kind(), ErrorKind::ConditionalCheckFailed);
    assert_eq!((lab.stored("a"), client.get("a")), (Some(1), Some(1)));
}

#[test]
fn an_update_leaves_the_whole_item_whatever_it_returns() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    let returns = [None, Some(ReturnValue::AllNew), Some(ReturnValue::AllOld), Some(ReturnValue::UpdatedNew)];
    let told = [None, Some(3), Some(3), Some(5)];
    client.put("a", 1);
    for (version, (return_values, told)) in (2..).zip(returns.into_iter().zip(told)) {
        let update = UpdateItemInput::builder()
            .table_name(FLAGS)
            .set_key(Some(key("a")))
            .update_expression("SET version = :version")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .set_return_values(return_values)
            .build()
            .unwrap();
        let output = client.call(&update).unwrap();
        assert_eq!(version_of(output.attributes()), told);
        assert_eq!((lab.stored("a"), client.get("a")), (Some(version), Some(version)));
    }
    assert_eq!(lab.counters().item_misses, 0);
}

#[test]
fn strongly_consistent_reads_pass_the_cache_by() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    lab.put_around("a", 2);
    assert_eq!(client.get_consistently("a"), Some(2));
    assert_eq!(client.get("a"), Some(1), "nor are they kept there");
    let transaction = TransactGetItemsInput::builder()
        .transact_items(
            TransactGetItem::builder()
                .get(Get::builder().table_name(FLAGS).set_key(Some(key("a"))).build().unwrap())
                .build(),
        )
        .build()
        .unwrap();
    let read = client.call(&transaction).unwrap();
    assert_eq!(version_of(read.responses()[0].item()), Some(2));
    assert_eq!(client.get("a"), Some(1));
}

#[test]
fn only_what_dynamodb_was_asked_for_takes_capacity() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.put_around("a", 1);
    for name in ["a", "none"] {
        let [first, second] = [(); 2].map(|()| client.try_get(name).unwrap());
        assert_eq!((units(first.consumed_capacity()), units(second.consumed_capacity())), (0.5, 0.0));
    }
}

#[test]
fn what_a_transaction_writes_is_read_again_a_moment_later() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    let put = Put::builder().table_name(FLAGS).set_item(Some(flag("a", 2))).build().unwrap();
    let transaction = TransactWriteItemsInput::builder()
        .transact_items(TransactWriteItem::builder().put(put).build())
        .build()
        .unwrap();
    client.call(&transaction).unwrap();
    let began = Instant::now();
    while client.get("a") != Some(2) {
        assert!(began.elapsed() < Duration::from_secs(5), "it is stale for ever");
    }
    lab.put_around("a", 3);
    assert_eq!(client.get("a"), Some(2), "it is cached");
    assert_eq!(lab.counters().item_misses, 0);
}

#[test]
fn the_least_recently_used_item_makes_room() {
    let lab = Lab::new(Options { item_capacity: 2, ..Options::default() });
    let mut client = lab.connect();
    for name in ["a", "b", "c"] {
        client.put(name, 1);
        lab.put_around(name, 2);
    }
    assert_eq!(["c", "b", "a"].map(|name| client.get(name)), [Some(1), Some(1), Some(2)]);
}

#[test]
fn a_slow_read_does_not_undo_a_write() {
    let (lab, gate) = Lab::behind_a_gate();
    let (mut slow, mut fast) = (lab.connect(), lab.connect());
    lab.put_around("a", 1);
    fast.put("other", 1);
    gate.close();
    let reading = thread::spawn(move || slow.get("a"));
    gate.wait_until_something_is_held();
    fast.put("a", 2);
    gate.open();
    assert_eq!(reading.join().unwrap(), Some(1), "it began before the write");
    lab.put_around("a", 3);
    assert_eq!(fast.get("a"), Some(2));
}

#[test]
fn the_cache_may_be_emptied_or_lie() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    lab.put_around("a", 2);
    lab.cluster.flush();
    assert_eq!(client.get("a"), Some(2));
    lab.node().poison_item(FLAGS, key("a"), flag("a", 99)).unwrap();
    assert_eq!((client.get("a"), client.get_consistently("a")), (Some(99), Some(2)));
    assert!(lab.node().poison_item("none", key("a"), flag("a", 99)).is_err());
    assert!(lab.node().poison_item(FLAGS, flag("a", 1), flag("a", 99)).is_err());
}
