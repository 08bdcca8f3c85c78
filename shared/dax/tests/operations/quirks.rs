//! Responses that are not what they should be.

use dax_client::protocol::cbor::{Decoder, Progress};
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use dax_client::protocol::operation::Operation;
use dax_client::protocol::response::ResponseError;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture::{Fixture, Known, attempts};
use crate::input::{self, with_input};
use crate::json::{unhex, with_floats};
use crate::output::ToJson;

const QUIRKS: &str = include_str!("../../vectors/response-quirks-input.json");

/// What we make of each; at some of these the official clients hang or fail.
fn expected(name: &str) -> Value {
    let free = |units: f64| json!({"ConsumedCapacity": {"TableName": "flags", "CapacityUnits": units}});
    match name {
        "batchget_no_trailing_capacity" => json!("incomplete"),
        "getitem_capacity_int_units" => free(1.0),
        "getitem_capacity_f32_units" => free(0.5),
        "error_info_null" => json!("an error"),
        "transactget_capacity_null" => json!({"Responses": [{}]}),
        _ => json!({}),
    }
}

#[test]
fn odd_responses_are_understood_where_they_can_be() {
    let known = Fixture::new().known;
    let quirks: Value = serde_json::from_str(QUIRKS).unwrap();
    let quirks = quirks.as_array().unwrap();
    assert_eq!(quirks.len(), 11);
    for quirk in quirks {
        let case = json!({"operation": quirk[1], "input": quirk[2]});
        let response = unhex(quirk[3].as_str().unwrap());
        let name = quirk[0].as_str().unwrap();
        assert_eq!(with_input!(case, understood(&response, &known)), expected(name), "{name}");
    }
}

fn understood<I: Operation<Output: ToJson>>(input: &I, response: &[u8], known: &Known) -> Value {
    let (_, plan) = input.encode(known).unwrap();
    let mut scanner = FrameScanner::new(I::METHOD.results().unwrap(), MAX_RESPONSE);
    let Progress::Complete { .. } = scanner.advance(response).unwrap() else { return json!("incomplete") };
    match Response::parse(response).unwrap() {
        Response::Results(results) => with_floats(&input.decode(&plan, results, known).unwrap().to_json()),
        Response::Error(_) => json!("an error"),
    }
}

#[test]
fn an_item_that_does_not_fit_its_list_names_the_list() {
    let known = Fixture::new().known;
    let get = input::get_item(&json!({"TableName": "flags", "Key": {"pk": {"S": "a"}}}));
    let (_, plan) = get.encode(&known).unwrap();
    // List 1001 has three names, here are two values.
    let results = unhex("a100451903e9f501");
    let error = get.decode(&plan, Decoder::new(&results), &known).unwrap_err();
    assert!(matches!(error, ResponseError::StaleList { list: 1001, .. }), "{error}");
}

#[test]
fn results_of_tables_that_nobody_asked_for_are_refused() {
    let known = Fixture::new().known;
    let get = input::batch_get_item(&json!({"RequestItems": {"flags": {"Keys": [{"pk": {"S": "a"}}]}}}));
    let (_, plan) = get.encode(&known).unwrap();
    let results = unhex("82a16468697374808080");
    assert!(get.decode(&plan, Decoder::new(&results), &known).is_err());
}

#[test]
fn an_index_that_the_projection_lacks_is_refused() {
    let known = Fixture::new().known;
    let get = json!({"TableName": "flags", "Key": {"pk": {"S": "a"}}, "ProjectionExpression": "a, b"});
    let get = input::get_item(&get);
    let (_, plan) = get.encode(&known).unwrap();
    let decode = |hex| get.decode(&plan, Decoder::new(&unhex(hex)), &known);
    assert!(decode("a100a10101").is_ok());
    assert!(decode("a100a10201").is_err());
}

#[test]
fn capacity_that_the_cache_saved_is_none() {
    let known = Fixture::new().known;
    let get = json!({
        "TableName": "flags", "Key": {"pk": {"S": "a"}}, "ReturnConsumedCapacity": "TOTAL",
    });
    let expected = json!({"ConsumedCapacity": {"TableName": "flags", "CapacityUnits": 0.0}});
    assert_eq!(understood(&input::get_item(&get), &unhex("80f6"), &known), expected);
}

proptest! {
    #[test]
    fn no_bytes_make_a_response_panic(
        case in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
    ) {
        FIXTURE.with(|fixture| {
            let cases: Vec<_> = fixture.cases().filter(|(_, case, _)| attempts(case).next().is_some()).collect();
            let (_, case, _) = *case.get(&cases);
            let response = attempts(case).last().unwrap()["response_hex"].as_str().unwrap();
            let mut response = unhex(response);
            for (at, byte) in &changes {
                *at.get_mut(&mut response) = *byte;
            }
            response.truncate(length.index(2 * response.len()));
            with_input!(case, decode(&response, &fixture.known));
        });
    }
}

thread_local! {
    static FIXTURE: Fixture = Fixture::new();
}

fn decode<I: Operation>(input: &I, response: &[u8], known: &Known) {
    let (_, plan) = input.encode(known).unwrap();
    match Response::parse(response) {
        Ok(Response::Results(results)) => drop(input.decode(&plan, results, known)),
        Ok(Response::Error(error)) => drop(input.cancellation_reasons(&plan, &error, known)),
        Err(_) => {}
    }
}
