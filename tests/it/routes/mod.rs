//! Each function's `ROUTE` is the single source of its path and of who may call it: whatever else says either must agree.

mod permissions;

use std::{collections::BTreeSet, fs, sync::Arc};

use pennon_domain::{Role, SystemClock};
use pennon_http::{Access, Route, cors};
use pennon_store::Store;
use pennon_template::{Function, Template};
use pennon_test_support::{EmbeddedDynamoDb, Storage};
use serde_json::Value;

use crate::{support::repository, workspace::cargo_metadata};

/// What no route leads to: the gateway asks it who calls.
pub(crate) const AUTHORIZER: &str = "authorize";
/// Nor to this: Lambda hands it the stream of the audit.
pub(crate) const CONSUMER: &str = "publish-changes";
/// What it may do, and nobody else.
const CONSUMER_POLICY: &str = "Publish";

#[test]
fn every_function_has_a_route_of_its_own() {
    let routes = routes();
    let mut named: BTreeSet<_> = routes.iter().map(|(name, _)| name.clone()).collect();
    named.extend([AUTHORIZER, CONSUMER].map(str::to_owned));
    assert_eq!(named, folders());
    let places: BTreeSet<_> = routes.iter().map(|(_, route)| (route.method, route.path)).collect();
    assert_eq!(places.len(), routes.len());
    let open_to_nobody = routes.iter().find(|(_, route)| route.access == Access::Nobody);
    assert_eq!(open_to_nobody, None);
}

#[test]
fn the_template_deploys_every_function_on_its_route() {
    let template = template();
    let deployed = template.functions().unwrap();
    let names: BTreeSet<_> = deployed.iter().map(|function| function.name.clone()).collect();
    assert_eq!(names, folders());
    let mounted: BTreeSet<_> = deployed
        .into_iter()
        .filter_map(|function| {
            function.route.map(|route| (function.name, route.method, route.path, route.authorizer))
        })
        .collect();
    let expected = routes().into_iter().map(|(name, route)| {
        let takes_token = matches!(route.access, Access::Role(_));
        (name, route.method.to_owned(), route.path.to_owned(), takes_token)
    });
    assert_eq!(mounted, expected.collect());
    // So that a function which forgets to say takes a token as well.
    assert_eq!(api(&template)["Auth"]["DefaultAuthorizer"], "AccessToken");
}

#[test]
fn only_functions_that_take_a_writing_role_may_write() {
    let deployed = deployed();
    for (name, route) in routes() {
        let function = deployed.iter().find(|function| function.name == name).unwrap();
        let has = |policy: &str| function.policies.iter().any(|one| one == policy);
        let (managed, writes) = match route.access {
            Access::Role(role) => (true, role > Role::Viewer),
            _ => (false, false),
        };
        assert_eq!(has("Change"), writes, "{name}: {:?}", function.policies);
        assert!(managed || function.policies.iter().all(|policy| policy == "ReadCore"), "{name}");
    }
}

#[test]
fn policies_name_what_they_allow_and_nobody_rewrites_the_audit() {
    let template = template();
    let mut checked = 0;
    // That of the consumer is of the stream and of what it tells: tests/template holds it.
    let policies = template.resources("AWS::IAM::ManagedPolicy");
    for (policy, properties) in policies.filter(|(name, _)| *name != CONSUMER_POLICY) {
        for statement in list(&properties["PolicyDocument"]["Statement"]) {
            let (actions, resources) = (list(&statement["Action"]), statement["Resource"].to_string());
            assert!(!actions.is_empty() && resources.contains("Table"), "{policy}: {statement}");
            for action in actions {
                let action = action.as_str().unwrap();
                assert!(!action.contains('*') && !resources.contains('*'), "{policy}: {statement}");
                let appends = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"].contains(&action);
                assert!(appends || !resources.contains("AuditTable"), "{policy}: {statement}");
                checked += 1;
            }
        }
    }
    assert!(checked > 5, "only {checked} actions found");
    for (function, properties) in template.resources("AWS::Serverless::Function") {
        assert!(properties.get("Role").is_none(), "{function} has a role of its own");
    }
}

#[test]
fn what_streams_is_passed_on_as_it_comes() {
    for function in deployed() {
        let sends = function.variables.get("RESPONSE_MODE").is_some_and(|mode| mode == "stream");
        let passed_on = function.route.is_some_and(|route| route.streaming);
        assert_eq!(passed_on, sends, "{}", function.name);
    }
}

/// Preflights are answered by the gateway on AWS, by the functions elsewhere.
#[test]
fn preflights_are_answered_alike() {
    let template = template();
    let preflight = &api(&template)["Cors"];
    for (member, value) in [
        ("AllowMethods", cors::ALLOW_METHODS),
        ("AllowHeaders", cors::ALLOW_HEADERS),
        ("MaxAge", cors::MAX_AGE),
    ] {
        assert_eq!(preflight[member], format!("'{value}'"));
    }
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
        routes().into_iter().map(|(name, route)| (name, route.method.to_owned(), in_matchit(route.path)));
    assert_eq!(mounted, expected.collect());
}

/// The name and the route of every function that has one.
pub(crate) fn routes() -> Vec<(String, Route)> {
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
    let store = Store::new(dynamodb.client(), pennon_store::Config::default(), Arc::new(SystemClock));
    let functions = pennon_local::functions(&store);
    functions.into_iter().map(|function| (function.name, function.route)).collect()
}

fn folders() -> BTreeSet<String> {
    let folders = fs::read_dir(repository().join("functions")).unwrap();
    folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A path as the router of `cargo lambda watch` writes it: `{*key}` for `{key+}`.
fn in_matchit(path: &str) -> String {
    match path.strip_suffix("+}").and_then(|path| path.rsplit_once('{')) {
        Some((prefix, parameter)) => format!("{prefix}{{*{parameter}}}"),
        None => path.to_owned(),
    }
}

fn template() -> Template {
    Template::ours().unwrap()
}

fn deployed() -> Vec<Function> {
    template().functions().unwrap()
}

/// The properties of the API.
fn api(template: &Template) -> &Value {
    template.resources("AWS::Serverless::Api").next().unwrap().1
}

/// One text or several.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}
