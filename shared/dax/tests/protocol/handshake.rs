//! What connections begin with.

use dax_client::protocol::cbor::{Decoder, Encoder, Progress, Scanner};
use dax_client::protocol::preamble::{Preamble, Session, VALUES};
use serde_json::Value;

use crate::vectors::{bytes, frames};

const TABLE: &str = include_str!("../../vectors/handshake.json");

fn read(bytes: &[u8]) -> Preamble<'_> {
    let mut decoder = Decoder::new(bytes);
    let preamble = Preamble::decode(&mut decoder).unwrap();
    assert!(decoder.is_at_end());
    preamble
}

fn written(preamble: &Preamble<'_>) -> Vec<u8> {
    let mut buffer = Vec::new();
    preamble.encode(&mut Encoder::new(&mut buffer));
    buffer
}

#[test]
fn our_preamble_has_the_form_of_the_official_clients() {
    let table: Value = serde_json::from_str(TABLE).unwrap();
    let session = std::array::from_fn(|at| u8::try_from(at).unwrap());
    assert_eq!(written(&Preamble::new(&session, "pennon-dax/0.1")), bytes(&table, "ours_example"));
    for client in ["python", "node", "go_v2_from_source"] {
        let captured = bytes(&table, client);
        assert_eq!(written(&read(&captured)), captured, "{client}");
    }
    let go = bytes(&table, "go_v2_from_source");
    assert_eq!(read(&go).session, Session::Text("0".into()));
}

#[test]
fn captured_preambles_are_written_again_to_the_byte() {
    let captured = frames("preamble");
    assert!(captured.len() > 20);
    for (case, frame) in captured {
        let frame = bytes(&frame, "request_hex");
        assert_eq!(written(&read(&frame)), frame, "{case}");
        let end = Scanner::new(VALUES, frame.len()).advance(&frame);
        assert_eq!(end, Ok(Progress::Complete { length: frame.len() }), "{case}");
    }
}
