//! What `pennon-local` lets callers ask: what template.yaml says, and what the gateway answers beyond that.

use std::{collections::BTreeSet, fs};

use pennon_http::Access;
use pennon_template::Template;
use serde_json::Value;

use crate::{
    routes::routes,
    support::{Answer, LocalServer, Start, definition, repository, send},
};

const SINGLE: &str = "/ofrep/v1/evaluate/flags/greeting";

/// Statuses of so many requests, one after the other.
async fn statuses(count: usize, request: impl Fn() -> reqwest::RequestBuilder) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(send(request()).await.status);
    }
    statuses
}

fn passed(statuses: &[u16]) -> usize {
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    statuses.iter().filter(|status| **status == 200).count()
}

fn server(parameters: &str) -> LocalServer {
    Start::new().flags(&definition("hello")).throttled(parameters).serve()
}

#[tokio::test]
async fn a_route_takes_what_the_template_lets_it_and_no_other_route_pays() {
    let server = server("");
    let limit = Template::ours().unwrap().throttles().unwrap().limit("GET", "/ready").unwrap();
    let burst = usize::try_from(limit.burst).unwrap();
    // A slow machine refills the bucket meanwhile: at least one request is refused all the same.
    let ready = statuses(4 * burst, || server.request("GET", "/ready")).await;
    assert!((burst..4 * burst).contains(&passed(&ready)), "{ready:?}");
    assert_eq!(&ready[..burst], vec![200; burst]);
    assert_eq!(statuses(2 * burst, || server.request("GET", "/health")).await, vec![200; 2 * burst]);
    assert_eq!(statuses(2 * burst, || server.post(SINGLE)).await, vec![200; 2 * burst]);
}

#[tokio::test]
async fn beyond_it_the_gateway_answers_as_the_template_says() {
    let server = server("EvaluationRateLimit=0.001 EvaluationBurstLimit=1");
    assert_eq!(send(server.post(SINGLE)).await.status, 200);
    let refused = send(server.post(SINGLE)).await;
    assert_is_gateway_response(&refused, "THROTTLED", 429, "Too Many Requests");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Preflights are answered by the gateway itself on AWS.
    assert_eq!(send(server.request("OPTIONS", SINGLE)).await.status, 204);
}

#[tokio::test]
async fn a_client_that_overruns_its_limit_does_not_slow_another() {
    let start = Start::new().flags(&definition("hello"));
    let server = start
        .throttled(
            "ClientRateLimit=0.001 ClientBurstLimit=5 EvaluationRateLimit=0.001 EvaluationBurstLimit=10",
        )
        .variable("CLIENT_KEYS", "first-client second-client")
        .serve();
    let request = |key: &str| server.post(SINGLE).header("x-api-key", key);
    assert_eq!(passed(&statuses(50, || request("first-client")).await), 5);
    // What was refused took nothing from the limit of the route either.
    assert_eq!(statuses(5, || request("second-client")).await, [200; 5]);
    assert_eq!(send(request("second-client")).await.status, 429);

    for stranger in [server.post(SINGLE), request("third-client")] {
        assert_is_gateway_response(&send(stranger).await, "DEFAULT_4XX", 403, "Forbidden");
    }
    // People and pipelines have tokens, and no keys of the gateway.
    assert_eq!(send(server.manage("GET", "/v1/projects")).await.status, 200);
}

/// `make deploy CLIENT_KEYS=1` has the gateway ask for a key on these routes.
#[test]
fn clients_are_asked_for_a_key_where_a_deployment_asks() {
    let script = fs::read_to_string(repository().join("tools/client_keys.py")).unwrap();
    let (_, tuple) = script.split_once("EVALUATION = (").unwrap();
    let (tuple, _) = tuple.split_once(')').unwrap();
    let deployed: BTreeSet<_> =
        tuple.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    let functions = Template::ours().unwrap().functions().unwrap();
    let logical =
        |name: &str| functions.iter().find(|function| function.name == name).unwrap().logical_id.clone();
    let with_key = routes().into_iter().filter(|(_, route)| route.access == Access::SdkKey);
    assert_eq!(with_key.map(|(name, _)| logical(&name)).collect::<BTreeSet<_>>(), deployed);
}

#[test]
fn parameters_that_the_template_does_not_have_are_refused_in_one_line() {
    for (parameters, named) in
        [("EvaluationRate=1", "EvaluationRate"), ("fast", "Name=value"), ("ReadyRateLimit=x", "/~1ready")]
    {
        let (status, output) = Start::new().throttled(parameters).fail();
        assert_eq!(status.code(), Some(2), "{output}");
        assert!(output.trim_end().lines().count() == 1 && output.contains(named), "{output}");
    }
}

#[track_caller]
fn assert_is_gateway_response(answer: &Answer, name: &str, status: u16, message: &str) {
    let response = Template::ours().unwrap().gateway_response(name).unwrap();
    assert_eq!(answer.status, status, "{answer:#?}");
    for (header, value) in &response.headers {
        assert_eq!(answer.header(&header.to_lowercase()), Some(value.as_str()), "{answer:#?}");
    }
    let body = answer.json();
    let id =
        body["instance"].as_str().and_then(|instance| instance.strip_prefix("urn:pennon:request:")).unwrap();
    assert!(id.starts_with("local-"), "{id}");
    assert_eq!(body, serde_json::from_str::<Value>(&response.body(id, message)).unwrap());
}
