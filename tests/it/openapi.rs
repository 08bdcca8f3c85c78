//! `docs/openapi.json` is kept by hand: what it says of routes, access and errors must be what the functions do.

use std::collections::BTreeSet;

use get_openapi::DOCUMENT;
use pennon_http::{Access, ErrorFormat, Route};
use serde_json::{Map, Value, json};

use crate::routes::routes;

/// An operation of the document: its path, its method in capitals, and what is said of it.
struct Operation<'d> {
    path: &'d str,
    method: String,
    said: &'d Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.said["operationId"].as_str().expect("every operation has an operationId")
    }

    /// The route of the function of that name.
    fn route(&self, routes: &[(String, Route)]) -> Route {
        let found = routes.iter().find(|(name, _)| name == self.id());
        found.unwrap_or_else(|| panic!("no function is named {}", self.id())).1
    }
}

#[test]
fn the_document_describes_exactly_the_functions() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .iter()
        .map(|operation| (operation.id().to_owned(), operation.method.clone(), operation.path.to_owned()))
        .collect();
    let served =
        routes().into_iter().map(|(name, route)| (name, route.method.to_owned(), in_openapi(route.path)));
    assert_eq!(described, served.collect());
}

#[test]
fn the_document_says_who_may_call() {
    let (document, routes) = (document(), routes());
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    for operation in operations(&document) {
        let (security, role) = match operation.route(&routes).access {
            Access::Nobody => panic!("nobody may call {}", operation.id()),
            Access::Open => (json!([]), None),
            Access::SdkKey => (json!([{ "sdkKey": [] }, { "sdkKeyHeader": [] }]), None),
            Access::Role(role) => (json!([{ "accessToken": [] }]), Some(role.as_str())),
        };
        assert_eq!(operation.said["security"], security, "{}", operation.id());
        assert_eq!(operation.said["x-pennon-role"].as_str(), role, "{}", operation.id());
        for scheme in security.as_array().into_iter().flatten().filter_map(Value::as_object) {
            assert!(scheme.keys().all(|name| schemes.contains_key(name)), "{scheme:?}");
        }
    }
}

#[test]
fn the_document_gives_errors_the_form_that_the_routes_give_them() {
    let (document, routes) = (document(), routes());
    for operation in operations(&document) {
        let form = match operation.route(&routes).errors {
            ErrorFormat::Problem => "application/problem+json",
            ErrorFormat::Ofrep => "application/json",
        };
        for (status, response) in operation.said["responses"].as_object().unwrap() {
            if status.starts_with(['4', '5']) {
                let content = resolved(&document, response)["content"].as_object().unwrap();
                assert_eq!(content.keys().collect::<Vec<_>>(), [form], "{status} of {}", operation.id());
            }
        }
    }
}

#[test]
fn the_document_describes_the_parameters_of_each_path() {
    let document = document();
    for operation in operations(&document) {
        let declared = operation.said["parameters"].as_array().into_iter().flatten();
        let declared = declared.map(|parameter| resolved(&document, parameter));
        let declared: BTreeSet<_> =
            declared.filter(|it| it["in"] == "path").filter_map(|it| it["name"].as_str()).collect();
        let in_path = operation.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(declared, in_path.collect(), "{}", operation.id());
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in &references {
        let found = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{reference} leads nowhere");
    }
    let kinds = document["components"].as_object().unwrap().iter();
    // Security schemes are used by name.
    for (kind, components) in kinds.filter(|(kind, _)| *kind != "securitySchemes") {
        for name in components.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference), "{reference} is of no use");
        }
    }
}

#[test]
fn every_link_leads_to_an_operation() {
    let document = document();
    let ids: BTreeSet<_> = operations(&document).iter().map(|operation| operation.id().to_owned()).collect();
    for operation in operations(&document) {
        for response in operation.said["responses"].as_object().unwrap().values() {
            for (name, link) in members(&response["links"]) {
                let target = resolved(&document, link)["operationId"].as_str().unwrap();
                assert!(ids.contains(target), "the link {name} of {} leads to {target}", operation.id());
            }
        }
    }
}

#[test]
fn the_document_is_of_this_version() {
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

/// Two spaces a level and a member a line, so that a change of the document is a change of the lines that say it.
#[test]
fn the_document_is_pretty() {
    let pretty = serde_json::to_string_pretty(&document()).unwrap();
    // Not in the same order: members stand where a reader looks for them.
    let lines = |text: &str| -> Vec<String> {
        let mut lines: Vec<_> = text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(DOCUMENT), lines(&pretty));
    assert!(DOCUMENT.ends_with("}\n"));
}

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("the document is JSON")
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = members(&document["paths"]);
    paths
        .flat_map(|(path, item)| {
            members(item).map(move |(method, said)| Operation { path, method: method.to_uppercase(), said })
        })
        .collect()
}

/// A path as OpenAPI writes it: it has no parameters that take the rest of the path.
fn in_openapi(path: &str) -> String {
    path.replace("+}", "}")
}

/// What stands there, or what the reference there leads to.
fn resolved<'d>(document: &'d Value, node: &'d Value) -> &'d Value {
    match node["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).expect(reference),
        None => node,
    }
}

fn collect_references(node: &Value, found: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            // In a rule it would name a segment, but tools follow it in examples too, so no example has one.
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

fn members(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flat_map(Map::iter)
}
