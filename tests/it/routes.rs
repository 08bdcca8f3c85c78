//! Each function's `ROUTE` is the single source of its path: whatever else names routes must agree.

use std::{collections::BTreeSet, fs};

use pennon_http::Route;
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

use crate::{support::repository, workspace::cargo_metadata};

const ROUTES: [(&str, Route); 5] = [
    ("evaluate-flag", evaluate_flag::ROUTE),
    ("evaluate-flags", evaluate_flags::ROUTE),
    ("get-snapshot", get_snapshot::ROUTE),
    ("health", health::ROUTE),
    ("ready", ready::ROUTE),
];

#[test]
fn every_function_has_a_route_of_its_own() {
    let folders = fs::read_dir(repository().join("functions")).unwrap();
    let folders: BTreeSet<_> =
        folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let named: BTreeSet<_> = ROUTES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, named);
    assert_eq!(routes().len(), ROUTES.len());
}

#[test]
fn the_template_mounts_exactly_the_routes() {
    let text = fs::read_to_string(repository().join("template.yaml")).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let mut mounted = BTreeSet::new();
    collect_api_events(&documents[0], &mut mounted);
    assert_eq!(mounted, routes());
}

/// The table that `cargo lambda watch` routes by.
#[test]
fn cargo_lambda_watch_mounts_exactly_the_routes() {
    let metadata: Value = serde_json::from_slice(&cargo_metadata()).unwrap();
    let table = metadata.pointer("/metadata/lambda/watch/router").and_then(Value::as_object);
    let table = table.expect("[workspace.metadata.lambda.watch.router] in Cargo.toml");
    let mut mounted = BTreeSet::new();
    for (path, functions) in table {
        for function in functions.as_array().expect("a list of methods and functions") {
            let text = |member: &str| function[member].as_str().unwrap().to_owned();
            mounted.insert((text("function"), text("method"), path.clone()));
        }
    }
    let expected =
        ROUTES.map(|(name, route)| (name.to_owned(), route.method.to_owned(), in_matchit(route.path)));
    assert_eq!(mounted, expected.into());
}

/// Method and path of every route.
fn routes() -> BTreeSet<(String, String)> {
    ROUTES.iter().map(|(_, route)| (route.method.to_owned(), route.path.to_owned())).collect()
}

/// A path as the router of `cargo lambda watch` writes it: `{*key}` for `{key+}`.
fn in_matchit(path: &str) -> String {
    match path.strip_suffix("+}").and_then(|path| path.rsplit_once('{')) {
        Some((prefix, parameter)) => format!("{prefix}{{*{parameter}}}"),
        None => path.to_owned(),
    }
}

/// Method and path of every event of type `Api`, wherever it is in the template.
fn collect_api_events(node: &Yaml<'_>, found: &mut BTreeSet<(String, String)>) {
    let text =
        |node: &Yaml<'_>, key: &str| node.as_mapping_get(key).and_then(Yaml::as_str).map(str::to_owned);
    if text(node, "Type").is_some_and(|kind| kind == "Api") {
        let properties = node.as_mapping_get("Properties").expect("an event has properties");
        let (method, path) = (text(properties, "Method").unwrap(), text(properties, "Path").unwrap());
        found.insert((method.to_uppercase(), path));
    }
    for (_, child) in node.as_mapping().into_iter().flatten() {
        collect_api_events(child, found);
    }
    for child in node.as_vec().into_iter().flatten() {
        collect_api_events(child, found);
    }
}
