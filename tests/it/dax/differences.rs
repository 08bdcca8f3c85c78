//! What the official clients do otherwise than ours, and why.

use serde_json::{Value, json};

use super::{lab::cases, more::more_cases, official::Client};

/// One place in what came of one case.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) case: &'static str,
    /// A JSON pointer into `{"outcome": .., "attempts": ..}`.
    pub(super) at: &'static str,
    /// What the official client has there; `null` for nothing.
    pub(super) theirs: Value,
    pub(super) why: &'static str,
}

/// All of a client. Whatever else differs is a bug of ours, or of `dax-local`.
pub(super) fn differences(client: Client) -> Vec<Difference> {
    match client {
        Client::Python => python(),
        Client::Node => node(),
        Client::Go => go(),
    }
}

const CAPACITY: &str = "/outcome/output/ConsumedCapacity";
const METRICS: &str = "/outcome/output/ItemCollectionMetrics";
const MESSAGE: &str = "/outcome/error/message";
const ITEMS: &str = "/outcome/output/Items";
const UNPROCESSED: &str = "/outcome/output/UnprocessedKeys";

const CANNOT_SUCCEED: &str = "it tries again what cannot succeed";
const NO_CAPACITY: &str =
    "it says nothing of the capacity where the cache answered; ours says that it was 0, as Node";
const WORDING: &str = "its own check, in its own words";
const SERVER_CHECKS: &str = "it leaves the check to the server";
const LOSES_KEYS: &str = "it loses attributes of puts that were not processed";
const NO_RETRY: &str = "it does not repeat a read when the answer breaks off";
const OWN_NAME: &str = "it has a name of its own, or none, for the server's own failures";

const NO_METRICS: &str = "it gives an empty map where the server has no metrics";
const NO_ITEMS: &str = "it gives an empty list where only the count was asked for";
const NO_UNPROCESSED: &str = "it gives nothing where everything was processed; DynamoDB gives an empty map";
const OWN_CHECK_NAME: &str = "its own checks have names of their own";

fn python() -> Vec<Difference> {
    vec![
        differs("put_condition_fails", "/attempts", json!(3), CANNOT_SUCCEED),
        differs("delete_condition_fails", "/attempts", json!(3), CANNOT_SUCCEED),
        differs("error_validation", "/attempts", json!(3), CANNOT_SUCCEED),
        differs("transact_write_cancelled", "/attempts", json!(3), CANNOT_SUCCEED),
        differs(
            "transact_write_cancelled",
            "/outcome/error/reasons",
            json!([
                "None",
                null,
                null,
                "ConditionalCheckFailed",
                "The conditional request failed",
                "hex:1903ef6568656c6c6f018261656165f41864",
            ]),
            "it gives the reasons as they are on the wire, the item still encoded",
        ),
        differs("error_internal_3_37_54", "/attempts", json!(3), CANNOT_SUCCEED),
        differs(
            "error_internal_3_37_54",
            "/outcome/error/name",
            json!("InternalServerErrorException"),
            OWN_NAME,
        ),
        differs("error_connection_closed_mid_response", "/attempts", json!(1), NO_RETRY),
        differs(
            "error_connection_closed_mid_response",
            "/outcome",
            json!({"error": {"name": "NoMoreData", "message": ""}}),
            NO_RETRY,
        ),
        differs(
            "batch_write_unprocessed",
            "/outcome/output/UnprocessedItems/flags",
            json!([{"PutRequest": {"Item": {"x": {"N": "3"}}}}]),
            LOSES_KEYS,
        ),
        differs(
            "key_of_wrong_type",
            MESSAGE,
            json!("One of the required keys was not given a value."),
            WORDING,
        ),
        differs("key_incomplete", MESSAGE, json!("One of the required keys was not given a value."), WORDING),
        differs(
            "batch_get_twice",
            MESSAGE,
            json!("Provided list of item keys contains duplicates:{\"pk\": {\"S\": \"flag#a\"}}"),
            WORDING,
        ),
        differs(
            "transact_get_twice",
            "/attempts",
            json!(0),
            "it checks that itself, and ours leaves it to the server",
        ),
        differs("get_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("get_missing_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("query_cached", CAPACITY, Value::Null, NO_CAPACITY),
    ]
}

fn node() -> Vec<Difference> {
    vec![
        differs("batch_write", METRICS, json!({}), NO_METRICS),
        differs("transact_write", METRICS, json!({}), NO_METRICS),
        differs(
            "batch_write_unprocessed",
            "/outcome/output/UnprocessedItems/flags",
            json!([{"PutRequest": {"Item": {"_attrListId": 1009.0, "_anonymousAttributeValues": [{"N": "3"}]}}}]),
            LOSES_KEYS,
        ),
        differs("transact_write_cancelled", "/attempts", json!(2), CANNOT_SUCCEED),
        differs("error_internal_3_37_54", "/attempts", json!(2), CANNOT_SUCCEED),
        differs("error_internal_3_37_54", "/outcome/error/name", json!("Error"), OWN_NAME),
        differs(
            "key_incomplete",
            MESSAGE,
            json!("The number of conditions on the keys is invalid (got 1, expected 2)"),
            WORDING,
        ),
        differs("batch_get_twice", "/attempts", json!(1), SERVER_CHECKS),
        differs("get_missing_cached", CAPACITY, Value::Null, NO_CAPACITY),
    ]
}

fn go() -> Vec<Difference> {
    vec![
        differs("query_count", ITEMS, json!([]), NO_ITEMS),
        differs("query", ITEMS, json!([]), NO_ITEMS),
        differs("query_cached", ITEMS, json!([]), NO_ITEMS),
        differs("query_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("get_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("get_missing_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("batch_cached", CAPACITY, Value::Null, NO_CAPACITY),
        differs("batch_cached", UNPROCESSED, Value::Null, NO_UNPROCESSED),
        differs("batch", UNPROCESSED, Value::Null, NO_UNPROCESSED),
        differs("batch_get", UNPROCESSED, Value::Null, NO_UNPROCESSED),
        differs("batch_get_100", UNPROCESSED, Value::Null, NO_UNPROCESSED),
        differs("error_internal_3_37_54", "/outcome/error/name", json!("Unknown"), OWN_NAME),
        differs("error_connection_closed_mid_response", "/attempts", json!(1), NO_RETRY),
        differs(
            "error_connection_closed_mid_response",
            "/outcome",
            json!({"error": {"name": "Unknown", "message": "unknown error: unexpected EOF"}}),
            NO_RETRY,
        ),
        differs(
            "key_of_wrong_type",
            MESSAGE,
            json!("one of the required keys was not given a value"),
            WORDING,
        ),
        differs("key_incomplete", MESSAGE, json!("one of the required keys was not given a value"), WORDING),
        differs("unused_name", "/outcome/error/name", json!("Unknown"), OWN_CHECK_NAME),
        differs(
            "unused_name",
            MESSAGE,
            json!(
                "unknown error: invalid parameter: \
                 Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"
            ),
            WORDING,
        ),
        differs("batch_get_twice", "/outcome/error/name", json!("InvalidParameter"), OWN_CHECK_NAME),
    ]
}

fn differs(case: &'static str, at: &'static str, theirs: Value, why: &'static str) -> Difference {
    Difference { case, at, theirs, why }
}

#[test]
fn the_differences_are_those_of_cases_that_there_are() {
    let cases = [cases(), more_cases()].concat();
    for difference in [Client::Python, Client::Node, Client::Go].into_iter().flat_map(differences) {
        assert!(cases.iter().any(|case| case["name"] == difference.case), "{difference:?}");
    }
}
