//! Numbers as values.

use dax_client::protocol::cbor::{Decoder, Encoder};
use dax_client::protocol::number::Number;
use dax_client::protocol::value;

use crate::vectors::{bytes, rows};

const TABLE: &str = include_str!("../../vectors/numbers.json");

fn canonical(text: &str) -> Number {
    Number::parse(text).unwrap().canonical()
}

#[test]
fn numbers_are_written_as_by_the_python_client() {
    let rows = rows(TABLE);
    assert_eq!(rows.len(), 49);
    for row in rows {
        let text = row["number"].as_str().unwrap();
        let (mut buffer, mut exact) = (Vec::new(), Vec::new());
        value::encode_number(&mut Encoder::new(&mut buffer), text).unwrap();
        Number::parse(text).unwrap().encode(&mut Encoder::new(&mut exact));
        assert_eq!(buffer, bytes(&row, "python_hex"), "{text}");
        assert_eq!(exact, buffer, "{text}");
    }
}

#[test]
fn numbers_of_both_clients_are_read_exactly() {
    for row in rows(TABLE) {
        let text = row["number"].as_str().unwrap();
        for client in ["python_hex", "node_hex"] {
            let encoded = bytes(&row, client);
            let mut decoder = Decoder::new(&encoded);
            let read = value::decode_number(&mut decoder).unwrap();
            assert_eq!(canonical(&read), canonical(text), "{text} of {client}");
            assert!(decoder.is_at_end());
        }
    }
}
