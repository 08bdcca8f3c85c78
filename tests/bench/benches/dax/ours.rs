//! Our client as a process of its own, which reads and writes the lines that `tests/clients/dax/cases.py` describes, as far as
//! they are needed here.

use std::{
    collections::HashMap,
    io::{self, BufRead as _},
    time::Instant,
};

use aws_sdk_dynamodb::{
    config::Credentials,
    operation::{batch_get_item::BatchGetItemInput, get_item::GetItemInput},
    types::{AttributeValue, KeysAndAttributes},
};
use dax_client::{Client, Config};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::tables;

/// Makes the benchmark such a process; the endpoint comes after it.
pub(crate) const ARGUMENT: &str = "--client-of";

/// Makes the calls that it reads until there are no more.
pub(crate) fn serve(endpoint: &str) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut client = None;
    for line in io::stdin().lock().lines() {
        let call: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let begun = Instant::now();
        if call["fresh"] == true {
            client = None;
        }
        let client = client.get_or_insert_with(|| connect(endpoint));
        runtime.block_on(repeat(client, &call));
        println!("{}", json!({"output": {}, "micros": begun.elapsed().as_secs_f64() * 1e6}));
    }
}

fn connect(endpoint: &str) -> Client {
    let credentials = Credentials::new("local", "local", None, None, "bench");
    Client::new(Config::new(endpoint, "us-east-1", credentials).unwrap()).unwrap()
}

async fn repeat(client: &Client, call: &Value) {
    let input = &call["input"];
    let times = call["times"].as_u64().unwrap_or(1);
    if call["operation"] == "GetItem" {
        let get = GetItemInput::builder().table_name(tables::NAME).set_key(Some(key(&input["Key"])));
        let get = get.build().unwrap();
        for _ in 0..times {
            assert!(client.send(get.clone()).await.unwrap().item.is_some());
        }
        return;
    }
    let keys = input["RequestItems"][tables::NAME]["Keys"].as_array().unwrap();
    let of_table = KeysAndAttributes::builder().set_keys(Some(keys.iter().map(key).collect()));
    let batch = BatchGetItemInput::builder().request_items(tables::NAME, of_table.build().unwrap());
    let batch = batch.build().unwrap();
    for _ in 0..times {
        let responses = client.send(batch.clone()).await.unwrap().responses.unwrap();
        assert_eq!(responses.get(tables::NAME).map(Vec::len), Some(keys.len()));
    }
}

fn key(key: &Value) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), AttributeValue::S(key["pk"]["S"].as_str().unwrap().to_owned()))])
}
