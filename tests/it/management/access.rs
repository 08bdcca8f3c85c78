//! Who may do what: every route, with every role, in the right and in the wrong project, and with tokens that are none.

use std::{collections::BTreeMap, sync::Arc};

use pennon_domain::{Bucketing, Definition, Role, SystemClock};
use pennon_http::{Access, Route};
use pennon_local::{Gateway, LocalIssuer};
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Storage};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The gateway of the local server over an issuer that the test has the key of.
struct World {
    url: String,
    routes: Vec<(String, Route)>,
    issuer: LocalIssuer,
    client: reqwest::Client,
    _dynamodb: EmbeddedDynamoDb,
}

impl World {
    async fn new() -> Self {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0).unwrap();
        let store = Store::new(dynamodb.client(), Config::default(), Arc::new(SystemClock));
        store.create_tables().await.unwrap();
        let definition = Definition::parse(pennon_local::DEMO).unwrap();
        let environment = "demo.local".parse().unwrap();
        store.publish(&environment, &definition, Bucketing::V3, &BTreeMap::new()).await.unwrap();
        let functions = pennon_local::functions(&store);
        let routes = functions.into_iter().map(|function| (function.name, function.route)).collect();
        let issuer = LocalIssuer::new().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let gateway = Gateway::new(&store, issuer.authenticator());
        tokio::spawn(gateway.serve(listener, std::future::pending()));
        Self { url, routes, issuer, client: reqwest::Client::new(), _dynamodb: dynamodb }
    }

    /// The routes of the management plane, with what they require.
    fn managed(&self) -> Vec<(&str, Route, Role)> {
        let managed = self.routes.iter().filter_map(|(name, route)| match route.access {
            Access::Role(role) => Some((name.as_str(), *route, role)),
            _ => None,
        });
        managed.collect()
    }

    fn token(&self, grants: &[&str]) -> String {
        self.issuer.sign(&LocalIssuer::claims("ada", grants)).unwrap()
    }

    /// The status of a request for something in the demo environment, without a condition or a body.
    async fn status(&self, route: &Route, authorization: Option<&str>) -> u16 {
        let path = route.path.replace("{project}", "demo").replace("{environment}", "local");
        let path = path.replace("{key+}", "holiday-theme").replace("{kid}", "none");
        let request = self.client.request(route.method.parse().unwrap(), format!("{}{path}", self.url));
        let request = match authorization {
            Some(authorization) => request.header("authorization", authorization),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    }

    async fn status_with(&self, route: &Route, token: &str) -> u16 {
        self.status(route, Some(&format!("Bearer {token}"))).await
    }
}

#[tokio::test]
async fn every_route_is_for_those_who_have_its_role_in_its_project() {
    let world = World::new().await;
    let roles = [None, Some(Role::Viewer), Some(Role::Editor), Some(Role::Admin)];
    let managed = world.managed();
    assert!(managed.len() >= 28, "{} routes", managed.len());
    let mut wrong = Vec::new();
    for (name, route, required) in managed {
        for role in roles {
            let has = role >= Some(required);
            let role = role.map_or("none", Role::as_str);
            // A route without a project shows each caller what they may see.
            let elsewhere = has && !route.path.contains("{project}");
            for (grant, allowed) in
                [(role.to_owned(), has), (format!("demo:{role}"), has), (format!("other:{role}"), elsewhere)]
            {
                let status = world.status_with(&route, &world.token(&[&grant])).await;
                let was_let_in = !matches!(status, 401 | 403);
                if was_let_in != allowed || status >= 500 || (!allowed && status != 403) {
                    wrong.push(format!("{name} with {grant}: {status}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_token_that_is_none_opens_no_route() {
    let world = World::new().await;
    let good = LocalIssuer::claims("ada", &["admin"]);
    let changed = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        world.issuer.sign(&claims).unwrap()
    };
    let now = good["iat"].as_u64().unwrap();
    let token = world.issuer.sign(&good).unwrap();
    let another = LocalIssuer::new().unwrap().sign(&good).unwrap();
    let cases = [
        ("expired", changed("exp", json!(now - 120))),
        ("without an end", changed("exp", Value::Null)),
        ("not valid yet", changed("nbf", json!(now + 3600))),
        ("for another audience", changed("aud", json!("another"))),
        ("of another issuer", changed("iss", json!("http://127.0.0.1/another"))),
        ("without a subject", changed("sub", json!(""))),
        ("signed by another key", another),
        ("with other claims", tampered(&token)),
        ("without a signature", unsigned(&token)),
        ("no token", "hunter2".to_owned()),
        ("an SDK key", pennon_local::SDK_KEY.to_owned()),
        ("empty", String::new()),
    ];
    let mut wrong = Vec::new();
    for (name, route, _) in world.managed() {
        for (what, token) in &cases {
            let status = world.status_with(&route, token).await;
            if status != 401 {
                wrong.push(format!("{name} with a token {what}: {status}"));
            }
        }
        for header in [None, Some("Basic YTpi"), Some("Bearer")] {
            let status = world.status(&route, header).await;
            if status != 401 {
                wrong.push(format!("{name} with {header:?}: {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rest of the routes say themselves whom they are for, and none is left for nobody.
#[tokio::test]
async fn every_route_says_who_may_call_it() {
    let world = World::new().await;
    for (name, route) in &world.routes {
        assert_ne!(route.access, Access::Nobody, "{name}");
        let expected = match route.access {
            Access::Open => 200,
            _ => 401,
        };
        let status = world.status(route, None).await;
        // What an SDK key is for may be refused for its body first.
        assert!(status == expected || (route.access == Access::SdkKey && status == 400), "{name}: {status}");
    }
    let admin = world.token(&["admin"]);
    let keyed = world.routes.iter().filter(|(_, route)| route.access == Access::SdkKey);
    for (name, route) in keyed {
        let status = world.status_with(route, &admin).await;
        assert!(matches!(status, 400 | 401), "{name}: {status}");
    }
}

/// The token with the grants of somebody else, under its old signature.
fn tampered(token: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let middle = parts[1].len() / 2;
    let other = if parts[1].as_bytes()[middle] == b'A' { "B" } else { "A" };
    parts[1].replace_range(middle..=middle, other);
    parts.join(".")
}

/// The token under `alg: none`.
fn unsigned(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")
}
