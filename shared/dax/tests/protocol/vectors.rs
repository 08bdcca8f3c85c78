//! The recorded tables and cases.

use std::sync::LazyLock;

use dax_client::protocol::method::Method;
use serde_json::Value;

const CLIENTS: [&str; 2] = [
    include_str!("../../vectors/client-python-2.1.0.json"),
    include_str!("../../vectors/client-node-3.1.0.json"),
];

/// A recorded call and its response.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) case: String,
    pub(crate) method: Method,
    pub(crate) request: Vec<u8>,
    pub(crate) response: Vec<u8>,
    /// The connection was cut in the middle of the response.
    pub(crate) is_cut: bool,
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The bytes that a member has in hexadecimal digits.
pub(crate) fn bytes(row: &Value, member: &str) -> Vec<u8> {
    unhex(row[member].as_str().unwrap())
}

/// The rows of a table.
pub(crate) fn rows(table: &str) -> Vec<Value> {
    let table: Value = serde_json::from_str(table).unwrap();
    table["vectors"].as_array().unwrap().clone()
}

/// Every frame of both clients, of this kind.
pub(crate) fn frames(kind: &str) -> Vec<(String, Value)> {
    let files = CLIENTS.iter().map(|file| serde_json::from_str::<Value>(file).unwrap());
    let frames = files.flat_map(|file| {
        let startup = file["startup"].as_array().unwrap().clone();
        let startup = startup.into_iter().map(|frame| ("startup".to_owned(), frame));
        let cases = file["cases"].as_array().unwrap().clone();
        let cases = cases.into_iter().flat_map(|case| {
            let name = case["name"].as_str().unwrap().to_owned();
            let frames = case["frames"].as_array().unwrap().clone();
            frames.into_iter().map(move |frame| (name.clone(), frame))
        });
        startup.chain(cases).collect::<Vec<_>>()
    });
    frames.filter(|(_, frame)| frame["kind"] == kind).collect()
}

/// Every call of both clients that was answered.
pub(crate) fn calls() -> &'static [Call] {
    static CALLS: LazyLock<Vec<Call>> = LazyLock::new(read_calls);
    &CALLS
}

fn read_calls() -> Vec<Call> {
    let answered = frames("call").into_iter().filter(|(_, frame)| frame["response_hex"].is_string());
    let calls = answered.map(|(case, frame)| Call {
        method: method(frame["method"].as_str().unwrap()),
        request: bytes(&frame, "request_hex"),
        response: bytes(&frame, "response_hex"),
        is_cut: case == "error_connection_closed_mid_response",
        case,
    });
    calls.collect()
}

fn method(name: &str) -> Method {
    Method::ALL.into_iter().find(|method| format!("{method:?}") == name).unwrap()
}
