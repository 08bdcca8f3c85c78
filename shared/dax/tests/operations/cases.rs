//! Every captured case, forth and back: our request against the clients', their response as an output of the SDK.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::CancellationReason;
use dax_client::protocol::cbor::{Decoder, Progress};
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use dax_client::protocol::lookup::Lookup;
use dax_client::protocol::method::{Method, SERVICE};
use dax_client::protocol::operation::Operation;
use dax_client::protocol::request::RequestError;
use dax_client::protocol::response::ResponseError;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Known, attempts, cases};
use crate::input::{self, with_input};
use crate::json::{hex, item_json, unhex, with_floats};
use crate::output::ToJson;

/// Cases in which Node writes decimals as floats, values again for each use, or chains to the left: there ours is
/// Python's.
const UNLIKE_NODE: [&str; 5] = [
    "get_hash_number_decimal",
    "put_all_types",
    "update_set_updated_new",
    "update_all_new_condition",
    "update_none",
];

#[test]
fn requests_are_those_of_the_official_clients() {
    let fixture = Fixture::new();
    let (mut compared, mut agreed) = (0, 0);
    for (name, python, node) in fixture.cases() {
        let (Some(python), Some(node)) = (attempts(python).next(), attempts(node).next()) else {
            assert_eq!(name, "error_table_not_found");
            continue;
        };
        let case = cases(&fixture.python).iter().find(|case| case["name"] == name).unwrap();
        let ours = with_input!(case, encoded(&fixture.known)).unwrap();
        let request = |frame: &Value| unhex(frame["request_hex"].as_str().unwrap());
        let (python, node) = (request(python), request(node));
        if python == node {
            assert_eq!(hex(&ours), hex(&python), "{name}: both clients agree");
            agreed += 1;
        }
        assert_eq!(
            Call::read(&ours).without_what_python_adds(),
            Call::read(&python).without_what_python_adds(),
            "{name}"
        );
        if UNLIKE_NODE.contains(&name) {
            assert_ne!(Call::read(&ours), Call::read(&node), "{name}: no longer an exception?");
        } else {
            assert_eq!(Call::read(&ours), Call::read(&node), "{name}");
        }
        compared += 1;
    }
    assert_eq!((compared, agreed), (56, 6));
}

fn encoded<I: Operation>(input: &I, known: &Known) -> Result<Vec<u8>, RequestError> {
    let (bytes, _) = input.encode(known)?;
    Ok(bytes)
}

/// A call with its optional parameters taken apart, for their order is free.
#[derive(Debug, PartialEq)]
struct Call {
    arguments: String,
    parameters: BTreeMap<i64, String>,
}

impl Call {
    fn read(request: &[u8]) -> Self {
        let mut decoder = Decoder::new(request);
        assert_eq!(decoder.unsigned(), Ok(SERVICE));
        let method = Method::from_id(decoder.int().unwrap()).unwrap();
        (1..method.arguments()).for_each(|_| decoder.skip().unwrap());
        let arguments = hex(&request[..decoder.position()]);
        let mut parameters = BTreeMap::new();
        let mut entries = decoder.map().unwrap();
        while entries.next(&mut decoder).unwrap() {
            // Python writes a condition twice, first as text: the last one counts.
            parameters.insert(decoder.int().unwrap(), hex(decoder.skip_encoded().unwrap()));
        }
        decoder.finish().unwrap();
        Self { arguments, parameters }
    }

    /// Python alone adds the names (1) and values (5) of expressions, and "no capacity" (3).
    fn without_what_python_adds(mut self) -> Self {
        self.parameters
            .retain(|parameter, value| !matches!((*parameter, value.as_str()), (1 | 5, _) | (3, "00")));
        self
    }
}

#[test]
fn responses_are_understood_as_by_the_official_clients() {
    let fixture = Fixture::new();
    let (mut outputs, mut errors) = (0, 0);
    for (name, python, node) in fixture.cases() {
        for client in [python, node] {
            let Some(attempt) = attempts(client).last() else { continue };
            let response = unhex(attempt["response_hex"].as_str().unwrap());
            match with_input!(client, answer(&response, &fixture.known)) {
                Answer::Output(output) => {
                    assert_eq!(output, expected_output(name, client), "{name}");
                    outputs += 1;
                }
                Answer::Error(error, reasons) => {
                    assert_eq!(error.name(), expected_error(client), "{name}");
                    check_reasons(&reasons, node);
                    errors += 1;
                }
                Answer::Incomplete => assert_eq!(name, "error_connection_closed_mid_response"),
            }
        }
    }
    assert_eq!((outputs, errors), (101, 10));
}

enum Answer {
    Output(Value),
    Error(ServiceError, Vec<CancellationReason>),
    Incomplete,
}

fn answer<I: Operation<Output: ToJson>>(input: &I, response: &[u8], known: &Known) -> Answer {
    let (_, plan) = input.encode(known).unwrap();
    let mut scanner = FrameScanner::new(I::METHOD.results().unwrap(), MAX_RESPONSE);
    let Progress::Complete { length } = scanner.advance(response).unwrap() else { return Answer::Incomplete };
    assert_eq!(length, response.len());
    match Response::parse(response).unwrap() {
        Response::Results(results) => {
            assert_asks_for_unknown_lists(input, &plan, results.clone(), known);
            Answer::Output(with_floats(&input.decode(&plan, results, known).unwrap().to_json()))
        }
        Response::Error(error) => {
            let reasons = input.cancellation_reasons(&plan, &error, known).unwrap();
            Answer::Error(error, reasons)
        }
    }
}

/// Without any list, the response must be understood or ask for lists that are known, all at once.
fn assert_asks_for_unknown_lists<I: Operation>(
    input: &I,
    plan: &I::Plan,
    results: Decoder<'_>,
    known: &Known,
) {
    let Err(error) = input.decode(plan, results.clone(), &Known::default()) else { return };
    let ResponseError::Lookups(lookups) = error else { panic!("{error}") };
    let mut some = Known::default();
    for lookup in lookups {
        let Lookup::AttributeList(id) = lookup else { panic!("{lookup:?}") };
        some.lists.insert(id, known.lists[&id].clone());
    }
    assert!(input.decode(plan, results, &some).is_ok());
}

/// What the client made of it, but for what both got wrong, the attributes of unprocessed items, and an exponent.
fn expected_output(name: &str, client: &Value) -> Value {
    let mut output = with_floats(&client["output"]["ok"]);
    if name == "get_all_types" {
        // Node: 9.9999999999999999999999999999999999999e+37
        output["Item"]["nB"] = json!({"N": "9".repeat(38)});
    }
    if name == "batch_write_unprocessed" {
        let item = json!({"pk": {"S": "bw3"}, "x": {"N": "3"}});
        assert_ne!(output["UnprocessedItems"]["flags"][0]["PutRequest"]["Item"], item);
        output["UnprocessedItems"]["flags"][0]["PutRequest"]["Item"] = item;
    }
    output
}

/// The name of the error. Node has none for one error, and Python an own for the same.
fn expected_error(client: &Value) -> Option<&str> {
    match client["output"]["code"].as_str() {
        None | Some("InternalServerErrorException") => Some("InternalServerError"),
        name => name,
    }
}

fn check_reasons(reasons: &[CancellationReason], node: &Value) {
    let Some(expected) = node["output"]["cancellation_reasons"].as_array() else {
        assert!(reasons.is_empty());
        return;
    };
    let reasons: Vec<_> = reasons
        .iter()
        .map(|reason| {
            json!({"Code": reason.code(), "Message": reason.message(), "Item": reason.item().map(item_json)})
        })
        .collect();
    assert_eq!(&reasons, expected);
}
