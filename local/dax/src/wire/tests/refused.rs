//! Calls that no client should make.

use dax_client::protocol::cbor::{DecodeError, Encoder};
use dax_client::protocol::error::ErrorKind;
use dax_client::protocol::method::Method;

use super::super::{CallError, Data, Request};
use super::fixture;

/// What becomes of the arguments of a call.
fn decode(method: Method, write: impl FnOnce(&mut Encoder<'_>)) -> Result<Request, CallError> {
    let mut arguments = Vec::new();
    write(&mut Encoder::new(&mut arguments));
    Data { method, arguments }.decode(&fixture().known)
}

fn malformed(what: &'static str) -> CallError {
    CallError::Malformed(DecodeError::Malformed(what))
}

/// A write transaction of one part on an item that is all key.
fn transaction(action: u64, tables: usize, content: Option<&[u8]>) -> Result<Request, CallError> {
    decode(Method::TransactWriteItems, |out| {
        out.array(1).unsigned(action).array(tables);
        for _ in 0..tables {
            out.bytes(b"flags");
        }
        out.array(1).bytes(b"a").array(1);
        match content {
            Some(content) => out.bytes(content),
            None => out.null(),
        };
        out.null().null().null().null().null();
    })
}

#[test]
fn the_parts_of_a_transaction_are_as_many_in_every_column_that_is_there() {
    const PUT: u64 = 2;
    let Ok(Request::TransactWriteItems(transaction_of_one)) = transaction(PUT, 1, Some(&[1])) else {
        panic!("missing columns are columns of nothing")
    };
    assert_eq!(transaction_of_one.input.transact_items().len(), 1);
    let differ = malformed("a transaction whose columns differ in length");
    assert_eq!(transaction(PUT, 2, Some(&[1])).unwrap_err(), differ);
    assert_eq!(transaction(PUT, 0, Some(&[1])).unwrap_err(), differ);
}

#[test]
fn a_part_of_a_transaction_does_something_that_is_known_with_what_it_takes() {
    let action = malformed("what a part of a transaction does");
    assert_eq!(transaction(1, 1, None).unwrap_err(), action, "no such action");
    assert_eq!(transaction(2, 1, None).unwrap_err(), action, "nothing to put");
    assert!(transaction(9, 1, None).is_err(), "nothing to update");
    assert!(transaction(12, 1, None).is_err(), "nothing to check");
}

#[test]
fn writes_come_in_pairs() {
    let batch = |entries: usize| {
        decode(Method::BatchWriteItem, |out| {
            out.map(1).text("flags").array(entries);
            for entry in 0..entries {
                if entry % 2 == 0 {
                    out.bytes(b"a")
                } else {
                    out.null()
                };
            }
            out.null();
        })
    };
    assert!(batch(2).is_ok());
    assert_eq!(batch(3).unwrap_err(), malformed("an array of pairs"));
}

#[test]
fn a_key_of_another_table_is_refused_as_dynamodb_does() {
    let get = |table: &[u8], key: &[u8]| {
        decode(Method::GetItem, |out| {
            out.bytes(table).bytes(key).null();
        })
    };
    assert!(get(b"flags", b"any text").is_ok());
    let Err(CallError::Refused(error)) = get(b"series", b"no pair") else { panic!("a refusal") };
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.message, "The provided key element does not match the schema");
}

#[test]
fn nothing_follows_the_last_argument() {
    let more = decode(Method::Scan, |out| {
        out.bytes(b"flags").null().null();
    });
    assert_eq!(more.unwrap_err(), CallError::Malformed(DecodeError::TrailingBytes { at: 7 }));
}

#[test]
fn only_operations_have_arguments_to_decode() {
    let other = decode(Method::Endpoints, |_| ());
    assert_eq!(other.unwrap_err(), malformed("a call that is not about items"));
}
