//! A database with the tables of the cases, and a DAX cluster in front of it.

use std::{sync::Arc, time::Duration};

use dax_local::{Cluster, Fault, FaultKind, Method, Options, ServiceError};
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::{Map, Value};
use tokio::runtime::{Builder, Runtime};

use super::{json, tables};

pub(super) const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub(super) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(super) const REGION: &str = "us-east-1";

/// DynamoDB takes names of three characters at least; what the cases were captured with took these.
const RENAMED: [(&str, &str); 2] = [("bb", "binary"), ("nb", "big-numbers")];

const VECTORS: &str = include_str!("../../../shared/dax/vectors/cases-and-tables.json");

/// A cluster over a database of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) cluster: Cluster,
    nodes: usize,
    /// After the cluster, which has connections to it.
    _database: EmbeddedDynamoDb,
}

impl Lab {
    /// Makes the tables of the cases, with their items, and starts a cluster.
    pub(super) fn new(options: Options) -> Self {
        let database = EmbeddedDynamoDb::start(Storage::Memory, 0).expect("a database starts");
        runtime().block_on(tables::make(&database.client(), &vectors()["tables"]));
        let nodes = options.nodes;
        let options = Options { dynamodb: database.endpoint(), ..options };
        Self { cluster: Cluster::start(options).expect("a cluster starts"), nodes, _database: database }
    }

    /// A cluster of one node, without TLS.
    pub(super) fn plain() -> Self {
        Self::new(Options::default())
    }

    /// Where clients find the cluster.
    pub(super) fn url(&self) -> String {
        self.cluster.url()
    }

    /// The certificate that clients must trust, if the cluster speaks TLS.
    pub(super) fn ca_pem(&self) -> Option<String> {
        self.cluster.ca_pem()
    }

    /// TLS as our client needs it, if the cluster speaks it.
    pub(super) fn tls(&self) -> Option<Arc<ClientConfig>> {
        let ca = self.ca_pem()?;
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("a certificate"))
            .expect("an authority");
        Some(Arc::new(dax_client::trusting(roots).expect("TLS")))
    }

    /// How many calls of a method the nodes got so far.
    pub(super) fn calls_of(&self, method: Method) -> u64 {
        (0..self.nodes).map(|node| self.cluster.node(node).counters().calls_of(method)).sum()
    }

    /// Does what a case wants to go wrong, to the first node.
    pub(super) fn prepare(&self, case: &Value) {
        let node = self.cluster.node(0);
        let method = method(case);
        if let Some(last) = case["options"]["unprocessed"].as_u64() {
            let last = usize::try_from(last).expect("a small number");
            node.inject(Fault::once(FaultKind::Unprocessed(last)).on(method));
        }
        let fault = &case["options"]["fault"];
        if let Some(kind) = fault_kind(fault) {
            let times = fault["times"].as_u64().map_or(1, |times| usize::try_from(times).expect("few"));
            node.inject(Fault { times: Some(times), ..Fault::new(kind).on(method) });
        }
    }

    /// Nothing is cached and nothing goes wrong, as at the start.
    pub(super) fn settle(&self) {
        (0..self.nodes).for_each(|node| self.cluster.node(node).clear_faults());
        self.cluster.flush();
    }
}

/// The cases in their order: `{"name", "operation", "input", "options"}`.
pub(super) fn cases() -> Vec<Value> {
    let members = ["name", "operation", "input", "options"].map(str::to_owned);
    let case = |case: &Value| {
        members.iter().cloned().zip(case.as_array().expect("a case").iter().cloned()).collect::<Map<_, _>>()
    };
    vectors()["cases"].as_array().expect("cases").iter().map(|entry| Value::Object(case(entry))).collect()
}

fn vectors() -> Value {
    let mut vectors: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    for (short, name) in RENAMED {
        let tables = vectors["tables"].as_object_mut().expect("tables");
        let table = tables.remove(short).expect("a table of that name");
        tables.insert(name.to_owned(), table);
        let cases = vectors["cases"].as_array_mut().expect("cases").iter_mut();
        let tables = cases.filter_map(|case| case.pointer_mut("/2/TableName"));
        tables.filter(|table| *table == short).for_each(|table| *table = name.into());
    }
    vectors
}

/// The case of that name.
pub(super) fn case(name: &str) -> Value {
    cases().into_iter().find(|case| case["name"] == name).unwrap_or_else(|| panic!("no case {name}"))
}

/// The method that a case calls.
pub(super) fn method(case: &Value) -> Method {
    match case["operation"].as_str().expect("an operation") {
        "GetItem" => Method::GetItem,
        "PutItem" => Method::PutItem,
        "UpdateItem" => Method::UpdateItem,
        "DeleteItem" => Method::DeleteItem,
        "Query" => Method::Query,
        "Scan" => Method::Scan,
        "BatchGetItem" => Method::BatchGetItem,
        "BatchWriteItem" => Method::BatchWriteItem,
        "TransactGetItems" => Method::TransactGetItems,
        "TransactWriteItems" => Method::TransactWriteItems,
        other => panic!("no operation: {other}"),
    }
}

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn fault_kind(fault: &Value) -> Option<FaultKind> {
    if let Some(codes) = fault["codes"].as_array() {
        let codes = codes.iter().map(|code| code.as_i64().expect("a code")).collect();
        let error = ServiceError {
            codes,
            message: json::text(&fault["msg"]).unwrap_or_default(),
            error_code: json::text(&fault["ddb"]),
            http_status: fault["status"].as_u64().map(|status| u16::try_from(status).expect("a status")),
            request_id: None,
            reasons: Vec::new(),
        };
        return Some(FaultKind::Error(error));
    }
    if let Some(bytes) = fault["close"].as_u64() {
        return Some(FaultKind::CloseAfter(usize::try_from(bytes).expect("few bytes")));
    }
    let every = fault["dribble"].as_u64()?;
    Some(FaultKind::Trickle(Duration::from_millis(every)))
}
