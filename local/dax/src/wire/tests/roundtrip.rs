//! Responses are understood by the client as what they were written from.

use std::cell::RefCell;
use std::sync::Arc;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dax_client::protocol::cbor::Progress;
use dax_client::protocol::frame::{FrameScanner, Response};
use dax_client::protocol::key::{KeyAttribute, KeySchema, KeyType};
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::operation::Operation;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{CallError, Output, Request, Style, write_response};
use super::fixture::{Known, attempts, cases};
use super::json::{Item, item, unhex};
use super::{LIMIT, fixture, request};

const STYLES: [Style; 2] = [Style::Definite, Style::Indefinite];

/// Knows what was recorded, and numbers other lists as they come.
struct Registry {
    known: Known,
    more: RefCell<Vec<Arc<[String]>>>,
}

const FIRST_OF_MORE: i64 = 5000;

impl Registry {
    fn new(known: Known) -> Self {
        Self { known, more: RefCell::default() }
    }
}

impl Metadata for Registry {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        self.known.key_schema(table)
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        self.known.attribute_list_id(names).or_else(|| {
            let mut more = self.more.borrow_mut();
            more.push(names.iter().map(ToString::to_string).collect());
            Some(FIRST_OF_MORE + i64::try_from(more.len()).unwrap() - 1)
        })
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        let position = usize::try_from(id - FIRST_OF_MORE).ok();
        position
            .and_then(|position| self.more.borrow().get(position).cloned())
            .or(self.known.attribute_list(id))
    }
}

/// What a client makes of a response.
fn understood<I: Operation>(input: &I, response: &[u8], metadata: &dyn Metadata) -> I::Output {
    let (_, plan) = input.encode(metadata).unwrap();
    let progress = FrameScanner::new(I::METHOD.results().unwrap(), LIMIT).advance(response);
    assert_eq!(progress, Ok(Progress::Complete { length: response.len() }), "{response:02x?}");
    let Ok(Response::Results(results)) = Response::parse(response) else { panic!("a success") };
    input.decode(&plan, results, metadata).unwrap()
}

/// What a client makes of a response, as what it was written from.
fn reread(request: &Request, response: &[u8], metadata: &dyn Metadata) -> Output {
    match request {
        Request::GetItem(get) => Output::GetItem(understood(&get.with_projection(), response, metadata)),
        Request::PutItem(put) => Output::PutItem(understood(&put.input, response, metadata)),
        Request::UpdateItem(update) => Output::UpdateItem(understood(&update.input, response, metadata)),
        Request::DeleteItem(delete) => Output::DeleteItem(understood(&delete.input, response, metadata)),
        Request::Query(query) => Output::Query(understood(&query.with_projection(), response, metadata)),
        Request::Scan(scan) => Output::Scan(understood(&scan.with_projection(), response, metadata)),
        Request::BatchGetItem(batch) => {
            Output::BatchGetItem(understood(&batch.with_projection(), response, metadata))
        }
        Request::BatchWriteItem(batch) => {
            Output::BatchWriteItem(understood(&batch.input, response, metadata))
        }
        Request::TransactGetItems(get) => {
            Output::TransactGetItems(understood(&get.with_projection(), response, metadata))
        }
        Request::TransactWriteItems(write) => {
            Output::TransactWriteItems(understood(&write.input, response, metadata))
        }
    }
}

fn written(request: &Request, output: &Output, style: Style, metadata: &dyn Metadata) -> Vec<u8> {
    let mut response = Vec::new();
    write_response(request, output, style, metadata, &mut response).unwrap();
    response
}

fn is_projected(request: &Request) -> bool {
    match request {
        Request::GetItem(get) => get.projection.is_some(),
        Request::Query(query) => query.projection.is_some(),
        Request::Scan(scan) => scan.projection.is_some(),
        Request::BatchGetItem(batch) => batch.tables.values().any(|table| table.projection.is_some()),
        Request::TransactGetItems(get) => get.projections.iter().any(Option::is_some),
        _ => false,
    }
}

fn last_attempt(case: &Value) -> Option<(Vec<u8>, Vec<u8>)> {
    let attempt = attempts(case).last()?;
    let bytes = |name| unhex(attempt[name].as_str().unwrap_or_default());
    Some((bytes("request_hex"), bytes("response_hex")))
}

#[test]
fn every_recorded_output_is_understood_as_what_it_is() {
    let fixture = fixture();
    let registry = Registry::new(fixture.known);
    let mut compared = 0;
    for case in cases(&fixture.python).iter().chain(cases(&fixture.node)) {
        let (Some((call, recorded)), true) = (last_attempt(case), case["output"].get("ok").is_some()) else {
            continue;
        };
        let request = request(&call, &registry);
        if is_projected(&request) {
            continue;
        }
        let output = reread(&request, &recorded, &registry);
        for style in STYLES {
            let response = written(&request, &output, style, &registry);
            assert_eq!(reread(&request, &response, &registry), output, "{}", case["name"]);
        }
        compared += 1;
    }
    assert_eq!(compared, 91);
}

#[test]
fn what_is_projected_is_taken_out_of_whole_items() {
    let fixture = fixture();
    let registry = Registry::new(fixture.known);
    let case = cases(&fixture.python).iter().find(|case| case["name"] == "get_projection").unwrap();
    let Some((call, recorded)) = last_attempt(case) else { panic!("a call") };
    let request = request(&call, &registry);
    let whole = item(&json!({
        "pk": {"S": "p1"}, "sk": {"S": "v#001"}, "n": {"N": "10"}, "gpk": {"S": "g1"},
        "doc": {"M": {"a": {"L": [{"N": "1"}, {"S": "x"}]}, "b": {"S": "bee"}}},
    }))
    .unwrap();
    let output = |item| {
        Output::GetItem(
            aws_sdk_dynamodb::operation::get_item::GetItemOutput::builder().set_item(item).build(),
        )
    };
    let response = written(&request, &output(Some(whole)), Style::Definite, &registry);
    assert_eq!(response, recorded, "byte for byte");
    let nothing = item(&json!({"sk": {"S": "v#001"}, "doc": {"S": "no map"}})).unwrap();
    for style in STYLES {
        let response = written(&request, &output(Some(nothing.clone())), style, &registry);
        assert_eq!(reread(&request, &response, &registry), output(Some(Item::new())));
    }
}

#[test]
fn lists_that_are_not_known_are_asked_for_and_nothing_is_written() {
    let fixture = fixture();
    let (call, recorded) = cases(&fixture.python).iter().find_map(last_attempt).unwrap();
    let registry = Registry::new(fixture.known);
    let request = request(&call, &registry);
    let output = reread(&request, &recorded, &registry);
    let mut out = vec![7];
    let result = write_response(&request, &output, Style::Definite, &Known::default(), &mut out);
    assert!(matches!(result, Err(CallError::Lookups(lookups)) if lookups.len() == 1));
    assert_eq!(out, [7]);
}

#[test]
fn an_output_of_another_operation_is_not_written() {
    let fixture = fixture();
    let (call, _) = cases(&fixture.python).iter().find_map(last_attempt).unwrap();
    let request = request(&call, &fixture.known);
    let output = Output::Scan(aws_sdk_dynamodb::operation::scan::ScanOutput::builder().build());
    let result = write_response(&request, &output, Style::Definite, &fixture.known, &mut Vec::new());
    assert!(matches!(result, Err(CallError::Malformed(_))));
}

/// Values of every type, as DynamoDB gives them back.
fn value() -> impl Strategy<Value = AttributeValue> {
    let number = || any::<i64>().prop_map(|number| number.to_string());
    let bytes = || prop::collection::vec(any::<u8>(), 0..8).prop_map(Blob::new);
    let leaf = prop_oneof![
        ".{0,8}".prop_map(AttributeValue::S),
        number().prop_map(AttributeValue::N),
        "-?[1-9][0-9]{0,6}\\.[0-9]{0,6}[1-9]".prop_map(AttributeValue::N),
        bytes().prop_map(AttributeValue::B),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        prop::collection::vec(".{0,4}", 1..4).prop_map(AttributeValue::Ss),
        prop::collection::vec(number(), 1..4).prop_map(AttributeValue::Ns),
        prop::collection::vec(bytes(), 1..4).prop_map(AttributeValue::Bs),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            prop::collection::hash_map(".{0,4}", inner, 0..4).prop_map(AttributeValue::M),
        ]
    })
}

/// Items of [`any_table`].
fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = (".{1,8}", any::<i32>(), prop::collection::hash_map("[a-e]{1,2}", value(), 0..5));
    let whole = item.prop_map(|(pk, sk, mut item)| {
        item.insert("pk".to_owned(), AttributeValue::S(pk));
        item.insert("sk".to_owned(), AttributeValue::N(sk.to_string()));
        item
    });
    prop::collection::vec(whole, 1..4)
}

fn any_table() -> Known {
    let schema = KeySchema {
        hash: KeyAttribute::new("pk", KeyType::Text),
        range: Some(KeyAttribute::new("sk", KeyType::Number)),
    };
    Known { schemas: [("t".to_owned(), Arc::new(schema))].into(), ..Known::default() }
}

/// What the server makes of what the client wants.
fn called<I: Operation>(input: &I, metadata: &dyn Metadata) -> Request {
    request(&input.encode(metadata).unwrap().0, metadata)
}

proptest! {
    #[test]
    fn any_items_are_understood_as_what_they_are(items in items(), indefinite: bool) {
        use aws_sdk_dynamodb::operation::{batch_get_item, get_item, scan};
        let registry = Registry::new(any_table());
        let style = if indefinite { Style::Indefinite } else { Style::Definite };
        let key = |item: &Item| registry.key_schema("t").unwrap().key_of(item);
        let check = |request: &Request, output: &Output| {
            let response = written(request, output, style, &registry);
            assert_eq!(&reread(request, &response, &registry), output);
        };

        let first = items.first().unwrap();
        let get = get_item::GetItemInput::builder().table_name("t").set_key(Some(key(first))).build().unwrap();
        let output = get_item::GetItemOutput::builder().set_item(Some(first.clone())).build();
        check(&called(&get, &registry), &Output::GetItem(output));

        let scan = scan::ScanInput::builder().table_name("t").build().unwrap();
        let output = scan::ScanOutput::builder()
            .set_items(Some(items.clone()))
            .count(i32::try_from(items.len()).unwrap())
            .scanned_count(i32::MAX)
            .set_last_evaluated_key(items.last().map(key))
            .build();
        check(&called(&scan, &registry), &Output::Scan(output));

        let keys = aws_sdk_dynamodb::types::KeysAndAttributes::builder().keys(key(first)).build().unwrap();
        let batch = batch_get_item::BatchGetItemInput::builder().request_items("t", keys.clone()).build().unwrap();
        let output = batch_get_item::BatchGetItemOutput::builder()
            .responses("t", items.clone())
            .set_unprocessed_keys(Some([("t".to_owned(), keys)].into()))
            .build();
        let request = called(&batch, &registry);
        let response = written(&request, &Output::BatchGetItem(output.clone()), style, &registry);
        let Output::BatchGetItem(reread) = reread(&request, &response, &registry) else { panic!("a batch") };
        prop_assert_eq!(reread.responses(), output.responses());
    }
}
