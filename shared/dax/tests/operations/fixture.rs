//! The captured cases, and what the server told the clients in them.

use std::collections::HashMap;
use std::sync::Arc;

use dax_client::protocol::frame::Response;
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::metadata::{decode_attribute_list, decode_attribute_list_id, decode_key_schema};
use serde_json::Value;

use super::json::{text, unhex};

const PYTHON: &str = include_str!("../../vectors/client-python-2.1.0.json");
const NODE: &str = include_str!("../../vectors/client-node-3.1.0.json");

/// The lookups that the clients made in all of their cases, and what the server told them.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) schemas: HashMap<String, Arc<KeySchema>>,
    pub(crate) ids: HashMap<Vec<String>, i64>,
    pub(crate) lists: HashMap<i64, Arc<[String]>>,
}

impl Metadata for Known {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        self.schemas.get(table).cloned()
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        self.ids.get(&names.iter().map(ToString::to_string).collect::<Vec<_>>()).copied()
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        self.lists.get(&id).cloned()
    }
}

impl Known {
    fn of(clients: [&Value; 2]) -> Self {
        let mut known = Self::default();
        for frame in clients.iter().flat_map(|client| cases(client)).flat_map(frames) {
            known.learn(frame);
        }
        known
    }

    fn learn(&mut self, frame: &Value) {
        let argument = &frame["request_decoded"][0];
        let response = unhex(frame["response_hex"].as_str().unwrap_or_default());
        let Ok(Response::Results(mut results)) = Response::parse(&response) else { return };
        match frame["method"].as_str() {
            Some("DefineKeySchema") => {
                let table = unhex(argument.as_str().unwrap().strip_prefix("h:").unwrap());
                let schema = Arc::new(decode_key_schema(&mut results).unwrap());
                self.schemas.insert(String::from_utf8(table).unwrap(), schema);
            }
            Some("DefineAttributeListId") => {
                let names = argument.as_array().unwrap().iter().map(|name| text(name).unwrap()).collect();
                let id = decode_attribute_list_id(&mut results).unwrap();
                assert_eq!(*self.ids.entry(names).or_insert(id), id, "both servers gave the same ids");
            }
            Some("DefineAttributeList") => {
                let names: Arc<[String]> = decode_attribute_list(&mut results).unwrap().into();
                let id = argument.as_i64().unwrap();
                assert_eq!(*self.lists.entry(id).or_insert(names.clone()), names);
            }
            _ => {}
        }
    }
}

pub(crate) fn cases(client: &Value) -> &Vec<Value> {
    client["cases"].as_array().unwrap()
}

fn frames(case: &Value) -> &Vec<Value> {
    case["frames"].as_array().unwrap()
}

/// The calls of the case's own operation: one for each attempt.
pub(crate) fn attempts(case: &Value) -> impl Iterator<Item = &Value> {
    frames(case).iter().filter(|frame| frame["method"] == case["operation"])
}

pub(crate) struct Fixture {
    pub(crate) python: Value,
    pub(crate) node: Value,
    pub(crate) known: Known,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let (python, node) = (serde_json::from_str(PYTHON).unwrap(), serde_json::from_str(NODE).unwrap());
        let known = Known::of([&python, &node]);
        Self { python, node, known }
    }

    /// The cases as both clients ran them.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&str, &Value, &Value)> {
        assert_eq!((cases(&self.python).len(), cases(&self.node).len()), (57, 57));
        cases(&self.python).iter().zip(cases(&self.node)).map(|(python, node)| {
            assert_eq!((&python["name"], &python["input"]), (&node["name"], &node["input"]));
            (python["name"].as_str().unwrap(), python, node)
        })
    }
}
