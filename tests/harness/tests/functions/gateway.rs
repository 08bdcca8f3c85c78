//! Everything that the template deploys, behind the gateway.

use std::time::Duration;

use lambda_harness::{Deployment, Gateway};
use pennon_local::SDK_KEY;
use pennon_test_support::{Fault, FaultProxy, Scope};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Demo, Issuer, deployment};

struct Api {
    gateway: Gateway,
    client: Client,
}

impl Api {
    async fn start(deployment: Deployment) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { gateway: Gateway::start(deployment).await.unwrap(), client }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.gateway.url()))
    }

    async fn evaluate(&self, path: &str) -> Response {
        let request = self.request(Method::POST, path).bearer_auth(SDK_KEY);
        request
            .json(&json!({ "context": { "targetingKey": "user-1", "email": "ada@example.com" } }))
            .send()
            .await
            .unwrap()
    }
}

/// What the template's gateway responses look like.
async fn assert_own_answer(response: Response, status: u16) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let id = response.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["instance"], format!("urn:pennon:request:{id}"));
}

#[tokio::test]
async fn flags_are_evaluated_over_http() {
    let demo = Demo::new().await;
    let api = Api::start(deployment(&demo.dynamodb.endpoint())).await;
    let one = api.evaluate("/ofrep/v1/evaluate/flags/new-checkout").await;
    assert_eq!(one.status(), 200);
    let one: Value = one.json().await.unwrap();
    assert_eq!((&one["value"], &one["key"]), (&json!(true), &json!("new-checkout")));
    let odd: Value = api.evaluate("/ofrep/v1/evaluate/flags/a%20b/%C3%BC%3F").await.json().await.unwrap();
    assert_eq!((&odd["key"], &odd["errorCode"]), (&json!("a b/ü?"), &json!("FLAG_NOT_FOUND")));

    let all = api.evaluate("/ofrep/v1/evaluate/flags").await;
    let tag = all.headers()["etag"].to_str().unwrap().to_owned();
    let again = api
        .request(Method::POST, "/ofrep/v1/evaluate/flags")
        .bearer_auth(SDK_KEY)
        .header("if-none-match", tag);
    let again = again.json(&json!({ "context": { "targetingKey": "user-1", "email": "ada@example.com" } }));
    assert_eq!(again.send().await.unwrap().status(), 304);
    assert_eq!(api.gateway.function("evaluate-flags").unwrap().processes().len(), 1);
}

#[tokio::test]
async fn a_snapshot_is_streamed_with_its_headers() {
    let demo = Demo::new().await;
    let api = Api::start(deployment(&demo.dynamodb.endpoint())).await;
    let snapshot = api.request(Method::GET, "/v1/snapshot").bearer_auth(SDK_KEY).send().await.unwrap();
    assert_eq!(snapshot.status(), 200);
    assert!(snapshot.headers().contains_key("etag") && !snapshot.headers().contains_key("content-length"));
    let snapshot: Value = snapshot.json().await.unwrap();
    assert!(snapshot["flags"]["new-checkout"].is_object());
    let refused = api.request(Method::GET, "/v1/snapshot").send().await.unwrap();
    assert_eq!(refused.status(), 401);
}

#[tokio::test]
async fn flags_are_managed_with_tokens_and_the_authorizer_is_asked_once() {
    let demo = Demo::new().await;
    let issuer = Issuer::start().await;
    let deployment = deployment(&demo.dynamodb.endpoint())
        .variable("OIDC_ISSUER", &issuer.url)
        .variable("OIDC_AUDIENCE", "pennon");
    let api = Api::start(deployment).await;
    let flag = "/v1/projects/demo/environments/local/flags/a%20b/%C3%BC";
    let editor = issuer.token("pennon", "editor");
    let body = json!({ "state": "ENABLED", "variants": { "on": true }, "defaultVariant": "on" });
    let put = |token: &str| {
        api.request(Method::PUT, flag).bearer_auth(token).header("if-none-match", "*").json(&body).send()
    };
    assert_eq!(put(&editor).await.unwrap().status(), 201);
    let read = api.request(Method::GET, flag).bearer_auth(&editor).send().await.unwrap();
    assert_eq!(read.status(), 200);
    assert_eq!(put(&editor).await.unwrap().status(), 412);
    assert_eq!(put(&issuer.token("pennon", "viewer")).await.unwrap().status(), 403);

    let authorizer = api.gateway.function("authorize").unwrap();
    let asked = |api: &Api| -> u64 {
        let authorizer = api.gateway.function("authorize").unwrap();
        authorizer.processes().iter().map(|process| process.invocations).sum()
    };
    assert_eq!(asked(&api), 2, "once a token");
    // An SDK key does not look like a token, so nobody is asked.
    assert_own_answer(put(SDK_KEY).await.unwrap(), 401).await;
    assert_eq!(asked(&api), 2);
    assert_own_answer(put(&issuer.token("others", "admin")).await.unwrap(), 401).await;
    assert!(!authorizer.logs().contains(&editor));
}

#[tokio::test]
async fn what_no_function_takes_is_answered_as_the_template_says() {
    let demo = Demo::new().await;
    let api = Api::start(deployment(&demo.dynamodb.endpoint())).await;
    for (method, path) in [(Method::GET, "/nothing"), (Method::GET, "/ofrep/v1/evaluate/flags")] {
        assert_own_answer(api.request(method, path).send().await.unwrap(), 404).await;
    }
    let large = api.request(Method::POST, "/ofrep/v1/evaluate/flags").body(vec![b'x'; (10 << 20) + 1]);
    assert_own_answer(large.send().await.unwrap(), 413).await;
    let preflight = api.request(Method::OPTIONS, "/v1/projects/demo").send().await.unwrap();
    assert_eq!(preflight.status(), 200);
    assert!(preflight.headers()["access-control-allow-headers"].to_str().unwrap().contains("If-Match"));
}

#[tokio::test]
async fn functions_that_fail_say_nothing_about_it() {
    let demo = Demo::new().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    let mut slow = deployment(&proxy.endpoint());
    slow.concurrency = 1;
    let api = Api::start(slow).await;
    proxy.inject(Scope::all(), Fault::Delay(Duration::from_secs(7)));
    // The first has the only process; it has five seconds for itself, by the template, once it is started.
    let (late, refused) = tokio::join!(api.evaluate("/ofrep/v1/evaluate/flags/new-checkout"), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        api.evaluate("/ofrep/v1/evaluate/flags/new-checkout").await
    });
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_own_answer(refused, 500).await;
    assert_own_answer(late, 502).await;
    proxy.heal();
    assert_eq!(api.evaluate("/ofrep/v1/evaluate/flags/new-checkout").await.status(), 200);
}

#[tokio::test]
async fn the_throttles_of_the_template_hold() {
    let demo = Demo::new().await;
    let mut throttled = deployment(&demo.dynamodb.endpoint());
    throttled.template =
        throttled.template.with_parameters(["EvaluationRateLimit=1", "EvaluationBurstLimit=3"]).unwrap();
    throttled.throttles = true;
    let api = Api::start(throttled).await;
    for _ in 0..3 {
        assert_eq!(api.evaluate("/ofrep/v1/evaluate/flags/new-checkout").await.status(), 200);
    }
    let refused = api.evaluate("/ofrep/v1/evaluate/flags/new-checkout").await;
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_own_answer(refused, 429).await;
    assert_eq!(api.evaluate("/ofrep/v1/evaluate/flags").await.status(), 200, "a bucket of its own");
}
