//! A user of the management plane.

use std::{collections::BTreeMap, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use http_body_util::BodyExt;
use pennon_domain::{Clock, SystemClock};
use pennon_http::Request;
use pennon_local::Function;
use pennon_store::{Config, Store};
use serde_json::{Value, json};

use crate::support::{Answer, LocalServer, Start, send};

/// The environment that `pennon-local` serves at the start.
pub(super) const DEMO: &str = "/v1/projects/demo/environments/local";
/// Another one, made by [`Admin::with_shop`].
pub(super) const SHOP: &str = "/v1/projects/shop/environments/production";

/// A server and the admin of everything in it.
pub(super) struct Admin {
    pub(super) server: LocalServer,
}

impl Admin {
    /// The admin of a new server with the demo environment.
    pub(super) fn new() -> Self {
        Self { server: Start::new().serve() }
    }

    /// The admin of a new server that has an empty environment [`SHOP`] as well.
    pub(super) async fn with_shop() -> Self {
        let admin = Self::new();
        admin.expect(201, "PUT", "/v1/projects/shop", &[], "{}").await;
        admin.expect(201, "PUT", SHOP, &[], "{}").await;
        admin
    }

    /// Sends a request with those headers; an empty body is none.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let named = |&(name, value): &(&str, &str)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        // They replace what every request has.
        let request = self.server.manage(method, path).headers(headers.iter().map(named).collect());
        send(if body.is_empty() { request } else { request.body(body.to_owned()) }).await
    }

    /// As [`Admin::send`], and the answer has that status.
    #[track_caller]
    pub(super) fn expect(
        &self,
        status: u16,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> impl Future<Output = Answer> {
        let what = format!("{method} {path} {body}");
        let answer = self.send(method, path, headers, body);
        let caller = std::panic::Location::caller();
        async move {
            let answer = answer.await;
            assert_eq!(answer.status, status, "{what} at {caller}: {}", answer.text);
            answer
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.expect(200, "GET", path, &[], "").await
    }

    /// Makes a flag of that name in [`SHOP`], switched on.
    pub(super) async fn make_flag(&self, key: &str) -> Answer {
        self.expect(201, "PUT", &format!("{SHOP}/flags/{key}"), &[], &switch("ENABLED")).await
    }
}

/// A flag that is `true` while it is on.
pub(super) fn switch(state: &str) -> String {
    json!({ "state": state, "variants": { "on": true, "off": false }, "defaultVariant": "on" }).to_string()
}

/// The values of a member of each item of a list.
pub(super) fn column(list: &Value, member: &str) -> Vec<String> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item[member].as_str().expect("a text").to_owned()).collect()
}

/// Another process over the same database, with the times that are deployed.
pub(super) struct Elsewhere {
    functions: Vec<Function>,
}

/// See [`Elsewhere`].
pub(super) fn elsewhere(admin: &Admin) -> Elsewhere {
    let client = pennon_test_support::client(&admin.server.dynamodb);
    let store = Store::new(client, Config::default(), Arc::new(SystemClock));
    Elsewhere { functions: pennon_local::functions(&store) }
}

impl Elsewhere {
    /// The status and the value of a flag.
    pub(super) async fn evaluate(&self, key: &str, flag: &str) -> (u16, Option<Value>) {
        let function = self.functions.iter().find(|function| function.name == "evaluate-flag").unwrap();
        let key = HeaderValue::from_str(&format!("Bearer {key}")).unwrap();
        let request = Request {
            method: Method::POST,
            path: format!("/ofrep/v1/evaluate/flags/{flag}"),
            query: String::new(),
            headers: HeaderMap::from_iter([(header::AUTHORIZATION, key)]),
            body: "{}".into(),
            id: "elsewhere".to_owned(),
            received: SystemClock.now(),
            authorizer: BTreeMap::new(),
        };
        let response = function.answer(request).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap().get("value").cloned())
    }
}
