//! Every captured call, against what the clients were given.

use dax_client::protocol::authorize;
use dax_client::protocol::cbor::{DecodeError, Decoder, Progress};
use dax_client::protocol::lookup::Lookup;
use dax_client::protocol::method::Method;
use dax_client::protocol::preamble::Preamble;
use serde_json::Value;

use super::super::{Call, CallError, CallScanner, read_call};
use super::fixture::{Known, cases};
use super::input::describe;
use super::json::unhex;
use super::normal::normal;
use super::{LIMIT, call, fixture, request};

fn frames(client: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let of_case = |case| ["frames"].iter().flat_map(move |_| frames_of(case).map(move |frame| (case, frame)));
    cases(client).iter().flat_map(of_case)
}

fn frames_of(case: &Value) -> impl Iterator<Item = &Value> {
    case["frames"].as_array().unwrap().iter()
}

fn bytes(frame: &Value) -> Vec<u8> {
    unhex(frame["request_hex"].as_str().unwrap())
}

#[test]
fn operations_are_what_the_clients_were_given() {
    let fixture = fixture();
    let mut compared = 0;
    for client in [&fixture.python, &fixture.node] {
        for (case, frame) in frames(client).filter(|(case, frame)| frame["method"] == case["operation"]) {
            let request = request(&bytes(frame), &fixture.known);
            let mut given = normal(&case["input"]);
            // Node makes a token if there is none.
            if let (None, Some(token)) =
                (given.get("ClientRequestToken"), describe(&request).get("ClientRequestToken"))
            {
                given["ClientRequestToken"] = token.clone();
            }
            assert_eq!(describe(&request), given, "{}: {}", client["client"], case["name"]);
            compared += 1;
        }
    }
    assert_eq!(compared, 131);
}

#[test]
fn other_calls_are_read_as_they_were_recorded() {
    let fixture = fixture();
    let mut seen = Vec::new();
    for (_, frame) in [&fixture.python, &fixture.node].into_iter().flat_map(frames) {
        let recorded = &frame["request_decoded"];
        let bytes = bytes(frame);
        if frame["kind"] == "preamble" {
            let mut decoder = Decoder::new(&bytes);
            let preamble = Preamble::decode(&mut decoder).unwrap();
            assert_eq!(
                (preamble.user_agent.as_ref(), decoder.finish()),
                (recorded[3]["map"][0][1].as_str().unwrap(), Ok(()))
            );
            continue;
        }
        let call = call(&bytes);
        assert_eq!(Some(&*format!("{:?}", call.method())), frame["method"].as_str());
        seen.push(call.method());
        match call {
            Call::Authorize(authorize) => {
                assert_eq!(recorded[0], authorize.access_key_id);
                assert_eq!(recorded[1], authorize.signature);
                assert_eq!(unhex(&recorded[2].as_str().unwrap()[2..]), authorize.string_to_sign);
                assert_eq!(recorded[3].as_str(), authorize.session_token.as_deref());
                assert_eq!(recorded[4].as_str(), authorize.user_agent.as_deref());
            }
            Call::DefineKeySchema { table } => {
                assert_eq!(unhex(&recorded[0].as_str().unwrap()[2..]), table.as_bytes());
            }
            Call::DefineAttributeListId { names } => {
                let names: Vec<_> = names.into_iter().map(Value::from).collect();
                assert_eq!(recorded[0], Value::from(names));
            }
            Call::DefineAttributeList { id } => assert_eq!(recorded[0], id),
            Call::Endpoints | Call::Data(_) => {}
        }
    }
    let unseen: Vec<_> = Method::ALL.into_iter().filter(|method| !seen.contains(method)).collect();
    assert_eq!(unseen, [Method::Endpoints], "the clients ask for nodes before the cases begin");
    assert_eq!(read_call(b"\x01\x1a\x1b\x2b\xcf\x02"), Ok(Call::Endpoints));
}

#[test]
fn a_captured_signature_is_good() {
    let fixture = fixture();
    let (_, frame) = frames(&fixture.node).find(|(_, frame)| frame["kind"] == "auth").unwrap();
    let Call::Authorize(authorize) = call(&bytes(frame)) else { panic!("an authorization") };
    let text = str::from_utf8(&authorize.string_to_sign).unwrap();
    let date = text.lines().nth(2).and_then(|scope| scope.split('/').next()).unwrap();
    // The example credentials of AWS's documentation.
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    assert_eq!(authorize::signature(secret, date, "us-east-1", text), authorize.signature);
    assert!(!format!("{authorize:?}").contains(&authorize.signature));
}

#[test]
fn a_call_ends_where_its_last_argument_does_however_it_arrives() {
    let fixture = fixture();
    for (_, frame) in frames(&fixture.python).filter(|(_, frame)| frame["kind"] != "preamble") {
        let frame = bytes(frame);
        let followed = [frame.as_slice(), &[0x01, 0x1a, 0xff]].concat();
        let mut scanner = CallScanner::new(LIMIT);
        for length in 0..frame.len() {
            let progress = scanner.advance(&followed[..length]).unwrap();
            assert!(matches!(progress, Progress::Incomplete { missing: 1.. }), "{length}");
        }
        assert_eq!(scanner.advance(&followed), Ok(Progress::Complete { length: frame.len() }));
    }
}

#[test]
fn what_is_no_call_is_refused_as_soon_as_it_is_known() {
    let scan = |bytes: &[u8]| CallScanner::new(100).advance(bytes);
    assert_eq!(scan(&[0x02, 0x00]), Err(DecodeError::Malformed("the number of the service")));
    assert_eq!(scan(&[0x01, 0x00]), Err(DecodeError::Malformed("the number of the method")));
    assert_eq!(scan(b"\x01\x3a\x2c\x43\xe2\x7e\x58\xff"), Err(DecodeError::TooLong { limit: 100 }));
}

#[test]
fn tables_are_asked_for_first_and_then_lists() {
    let fixture = fixture();
    let (_, frame) =
        frames(&fixture.node).find(|(_, frame)| frame["method"] == "TransactWriteItems").unwrap();
    let Call::Data(data) = call(&bytes(frame)) else { panic!("one of the ten") };
    let lookups = |known: &Known| match data.decode(known) {
        Err(CallError::Lookups(lookups)) => lookups,
        other => panic!("{other:?}"),
    };
    let mut known = Known::default();
    let tables = ["hist", "flags", "series"].map(|table| Lookup::KeySchema(table.to_owned()));
    let asked = lookups(&known);
    assert!(asked.len() == 3 && tables.iter().all(|table| asked.contains(table)), "{asked:?}");
    known.schemas = fixture.known.schemas;
    let asked = lookups(&known);
    let [Lookup::AttributeList(id)] = asked[..] else { panic!("one list: {asked:?}") };
    known.lists.insert(id, fixture.known.lists[&id].clone());
    assert!(data.decode(&known).is_ok());
}
