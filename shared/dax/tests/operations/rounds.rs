//! What must be looked up comes back all at once, in as few rounds as there can be.

use dax_client::protocol::lookup::Lookup;
use dax_client::protocol::operation::Operation;
use dax_client::protocol::request::RequestError;
use serde_json::json;

use crate::fixture::{Fixture, Known};
use crate::input;

fn open<I: Operation>(input: &I, known: &Known) -> Vec<Lookup> {
    match input.encode(known).map(drop) {
        Ok(()) => Vec::new(),
        Err(RequestError::Lookups(lookups)) => lookups,
        Err(error) => panic!("{error}"),
    }
}

fn key_of(table: &str) -> Lookup {
    Lookup::KeySchema(table.to_owned())
}

fn id_of(names: &[&str]) -> Lookup {
    Lookup::AttributeListId(names.iter().map(ToString::to_string).collect())
}

#[test]
fn keys_are_asked_for_first_and_then_lists_each_once() {
    let put = |table, item| json!({"Put": {"TableName": table, "Item": item}});
    let write = input::transact_write_items(&json!({"TransactItems": [
        put("hist", json!({"pk": {"S": "a"}, "sk": {"S": "b"}, "y": {"N": "1"}, "x": {"N": "1"}})),
        put("flags", json!({"pk": {"S": "a"}, "x": {"N": "1"}, "y": {"N": "1"}})),
        put("flags", json!({"pk": {"S": "b"}, "z": {"N": "1"}})),
        put("flags", json!({"pk": {"S": "c"}})),
    ]}));
    let mut known = Known::default();
    assert_eq!(open(&write, &known), [key_of("hist"), key_of("flags")]);

    let all = Fixture::new().known;
    known.schemas = all.schemas;
    assert_eq!(open(&write, &known), [id_of(&["x", "y"]), id_of(&["z"])]);

    known.ids.insert(vec!["x".to_owned(), "y".to_owned()], 7);
    known.ids.insert(vec!["z".to_owned()], 8);
    assert_eq!(open(&write, &known), []);
}

#[test]
fn an_item_that_is_all_key_needs_no_list() {
    let known = Known { schemas: Fixture::new().known.schemas, ..Known::default() };
    let put = input::put_item(&json!({"TableName": "flags", "Item": {"pk": {"S": "a"}}}));
    assert_eq!(open(&put, &known), []);
}

#[test]
fn tables_of_a_batch_are_asked_for_together_and_written_in_order() {
    let keys = json!({"Keys": [{"pk": {"S": "a"}}]});
    let get = input::batch_get_item(&json!({"RequestItems": {"b": keys, "a": keys, "c": keys}}));
    assert_eq!(open(&get, &Known::default()), [key_of("a"), key_of("b"), key_of("c")]);
}
