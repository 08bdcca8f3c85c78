//! Batches: partly from the cache, partly not.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, PutRequest, ReturnConsumedCapacity, WriteRequest,
};
use dax_local::{Fault, FaultKind};

use crate::lab::{FLAGS, Lab, flag, key, units, version_of};
use crate::raw::Raw;

fn get_input(names: &[&str], is_consistent: bool) -> BatchGetItemInput {
    let keys = names.iter().map(|name| key(name)).collect();
    let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(is_consistent).build();
    BatchGetItemInput::builder()
        .request_items(FLAGS, keys.unwrap())
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .build()
        .unwrap()
}

/// The versions that were found, and the capacity that they took.
fn get(client: &mut Raw, names: &[&str], is_consistent: bool) -> (Vec<u32>, f64) {
    let output = client.call(&get_input(names, is_consistent)).unwrap();
    assert!(output.unprocessed_keys().is_none_or(std::collections::HashMap::is_empty));
    let items = &output.responses().unwrap()[FLAGS];
    let versions = items.iter().filter_map(|item| version_of(Some(item))).collect();
    (versions, units(output.consumed_capacity().first()))
}

fn put(name: &str, version: u32) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(flag(name, version))).build().unwrap();
    WriteRequest::builder().put_request(put).build()
}

fn delete(name: &str) -> WriteRequest {
    let delete = DeleteRequest::builder().set_key(Some(key(name))).build().unwrap();
    WriteRequest::builder().delete_request(delete).build()
}

fn write_input(writes: Vec<WriteRequest>) -> BatchWriteItemInput {
    BatchWriteItemInput::builder().request_items(FLAGS, writes).build().unwrap()
}

#[test]
fn only_what_is_not_cached_is_asked_of_dynamodb() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.put_around("a", 1);
    lab.put_around("b", 1);
    assert_eq!(client.get("a"), Some(1));
    assert_eq!(client.get("none"), None);
    assert_eq!(get(&mut client, &["a", "b", "none"], false), (vec![1, 1], 0.5), "for one of them");
    lab.put_around("a", 2);
    lab.put_around("b", 2);
    lab.put_around("none", 2);
    assert_eq!(get(&mut client, &["a", "b", "none"], false), (vec![1, 1], 0.0));
    assert_eq!(get(&mut client, &["a", "b", "none"], true).0, [2, 2, 2]);
    assert_eq!(get(&mut client, &["a", "b", "none"], false), (vec![1, 1], 0.0), "nor is that kept");
    let counters = lab.counters();
    assert_eq!((counters.item_hits, counters.negative_hits, counters.item_misses), (5, 3, 3));
}

#[test]
fn items_are_in_the_order_of_their_keys_wherever_they_come_from() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    for (name, version) in [("a", 1), ("b", 2), ("c", 3)] {
        lab.put_around(name, version);
    }
    assert_eq!(client.get("b"), Some(2));
    assert_eq!(get(&mut client, &["c", "b", "a"], false).0, [3, 2, 1]);
}

#[test]
fn what_is_written_in_a_batch_goes_through() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("b", 1);
    client.call(&write_input(vec![put("a", 1), delete("b")])).unwrap();
    assert_eq!((lab.stored("a"), lab.stored("b")), (Some(1), None));
    lab.put_around("a", 2);
    lab.put_around("b", 2);
    assert_eq!((client.get("a"), client.get("b")), (Some(1), None));
    assert_eq!(lab.counters().item_misses, 0);
}

#[test]
fn what_is_not_processed_is_neither_done_nor_cached() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.node().inject(Fault { times: Some(2), ..Fault::new(FaultKind::Unprocessed(1)) });
    let written = client.call(&write_input(vec![put("a", 1), put("b", 1)])).unwrap();
    assert_eq!(written.unprocessed_items().unwrap()[FLAGS], [put("b", 1)]);
    assert_eq!((lab.stored("a"), lab.stored("b")), (Some(1), None));
    lab.put_around("b", 2);
    let read = client.call(&get_input(&["a", "b"], false)).unwrap();
    assert_eq!(read.responses().unwrap()[FLAGS], [flag("a", 1)]);
    assert_eq!(read.unprocessed_keys().unwrap()[FLAGS].keys(), [key("b")]);
    assert_eq!(get(&mut client, &["a", "b"], false).0, [1, 2]);
}

#[test]
fn a_batch_of_which_nothing_is_processed_does_not_reach_dynamodb() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.node().inject(Fault::new(FaultKind::Unprocessed(9)));
    let written = client.call(&write_input(vec![put("a", 1)])).unwrap();
    assert_eq!(written.unprocessed_items().unwrap()[FLAGS], [put("a", 1)]);
    let read = client.call(&get_input(&["a"], false)).unwrap();
    assert_eq!(read.unprocessed_keys().unwrap()[FLAGS].keys(), [key("a")]);
    assert_eq!(lab.stored("a"), None);
}
