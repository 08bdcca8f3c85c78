//! The query cache.

use std::thread;
use std::time::Duration;

use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use dax_local::Options;

use crate::lab::{FLAGS, Lab, units, version_of};
use crate::raw::Raw;

const TTL: Duration = Duration::from_millis(300);

fn query_input(name: &str, is_consistent: bool) -> QueryInput {
    QueryInput::builder()
        .table_name(FLAGS)
        .key_condition_expression("pk = :name")
        .expression_attribute_values(":name", AttributeValue::S(name.to_owned()))
        .consistent_read(is_consistent)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .build()
        .unwrap()
}

fn query(client: &mut Raw, name: &str, is_consistent: bool) -> Option<u32> {
    version_of(client.call(&query_input(name, is_consistent)).unwrap().items().first())
}

fn scan(client: &mut Raw) -> Vec<u32> {
    let input = ScanInput::builder().table_name(FLAGS).build().unwrap();
    let output = client.call(&input).unwrap();
    output.items().iter().filter_map(|item| version_of(Some(item))).collect()
}

#[test]
fn results_are_stale_until_their_time_is_up_even_if_written_through() {
    let lab = Lab::new(Options { query_ttl: TTL, ..Options::default() });
    let mut client = lab.connect();
    assert_eq!((query(&mut client, "a", false), scan(&mut client)), (None, vec![]));
    client.put("a", 1);
    assert_eq!(client.get("a"), Some(1));
    let stale = (query(&mut client, "a", false), scan(&mut client));
    assert_eq!(lab.counters().query_hits, 2, "or this machine is too slow for the test");
    assert_eq!(stale, (None, vec![]));
    thread::sleep(TTL);
    assert_eq!((query(&mut client, "a", false), scan(&mut client)), (Some(1), vec![1]));
}

#[test]
fn a_result_answers_only_what_was_asked() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    client.put("b", 2);
    assert_eq!((query(&mut client, "a", false), query(&mut client, "b", false)), (Some(1), Some(2)));
    let counters = lab.counters();
    assert_eq!((counters.query_hits, counters.query_misses), (0, 2));
}

#[test]
fn results_do_not_fill_the_item_cache() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.put_around("a", 1);
    assert_eq!(query(&mut client, "a", false), Some(1));
    lab.put_around("a", 2);
    assert_eq!(client.get("a"), Some(2));
}

#[test]
fn strongly_consistent_queries_pass_the_cache_by() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    lab.put_around("a", 1);
    assert_eq!(query(&mut client, "a", false), Some(1));
    lab.put_around("a", 2);
    assert_eq!((query(&mut client, "a", true), query(&mut client, "a", false)), (Some(2), Some(1)));
    let counters = lab.counters();
    assert_eq!((counters.query_hits, counters.query_misses), (1, 1), "nor do they count");
}

#[test]
fn a_result_that_was_cached_takes_no_capacity() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    let [first, second] = [(); 2].map(|()| client.call(&query_input("a", false)).unwrap());
    assert_eq!((units(first.consumed_capacity()), units(second.consumed_capacity())), (0.5, 0.0));
}

#[test]
fn the_cache_may_be_off() {
    let lab = Lab::new(Options { query_ttl: Duration::ZERO, ..Options::default() });
    let mut client = lab.connect();
    assert_eq!(query(&mut client, "a", false), None);
    lab.put_around("a", 1);
    assert_eq!(query(&mut client, "a", false), Some(1));
}
