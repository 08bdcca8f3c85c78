//! Lists of attribute names, and keys of tables.

use dax_client::protocol::error::ErrorKind;
use dax_client::protocol::key::{KeyAttribute, KeyType};
use dax_local::Options;

use crate::lab::{FLAGS, Lab};

#[test]
fn lists_are_numbered_by_each_node_as_it_learns_of_them() {
    let lab = Lab::new(Options { nodes: 2, ..Options::default() });
    let (mut one, mut two) = (lab.connect_to(0), lab.connect_to(1));
    assert_eq!(one.list_id(&["a", "b"]).unwrap(), 1001);
    assert_eq!(one.list_id(&["b", "a"]).unwrap(), 1002, "in whatever order");
    assert_eq!(two.list_id(&["b", "a"]).unwrap(), 1001);
    assert_eq!(lab.connect_to(0).list(1002).unwrap(), ["b", "a"], "on any connection");
    assert_eq!(one.list(1).unwrap(), [""; 0]);
    assert_eq!(one.list_id(&[]).unwrap(), 1);
}

#[test]
fn forgotten_lists_are_unknown_or_others() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    client.put("a", 1);
    lab.node().forget_attribute_lists();
    let refusal = client.call(&crate::lab::put_input("a", 2)).unwrap_err().refusal();
    assert_eq!(refusal.kind(), ErrorKind::Validation);
    assert!(refusal.message.contains("1001"), "{refusal}");
    assert_eq!(client.list_id(&["other"]).unwrap(), 1001);
    assert_eq!(lab.connect().get("a"), Some(1), "what is cached does not depend on them");
}

#[test]
fn the_key_of_a_table_is_that_of_dynamodb() {
    let lab = Lab::plain();
    let mut client = lab.connect();
    let schema = client.key_schema(FLAGS).unwrap();
    assert_eq!((schema.hash, schema.range), (KeyAttribute::new("pk", KeyType::Text), None));
    let refusal = client.key_schema("none").unwrap_err().refusal();
    assert_eq!(refusal.kind(), ErrorKind::ResourceNotFound);
}
