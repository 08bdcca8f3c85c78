//! What the harness itself costs: a function that does nothing, one flag, and both behind the gateway.

use std::time::{Duration, Instant};

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambda_harness::{Deployment, Function, Gateway, Output, release_binaries};
use pennon_bench::CONTEXT;
use pennon_local::SDK_KEY;

use crate::candidates::{Candidates, Endpoint};

const FOR: Duration = Duration::from_secs(5);

pub(crate) async fn measure(candidates: &Candidates) {
    println!("\nthe harness: requests a second");
    let health =
        Function::builder(release_binaries().unwrap().join("health")).output(Output::Discard).build();
    let event = r#"{"resource":"/health","path":"/health","httpMethod":"GET","headers":{},"multiValueHeaders":{},
        "requestContext":{"requestId":"r","httpMethod":"GET","path":"/health","stage":"live"},"isBase64Encoded":false}"#;
    let [one, _] = candidates.of(&Endpoint::ONE);
    let one = one.build();
    for callers in [1, 4] {
        row("health, invoked", callers, invoked(&health, event, callers).await);
        row("one flag, invoked", callers, invoked(&one, &Endpoint::ONE.event(), callers).await);
    }
    let mut deployment = Deployment::ours(release_binaries().unwrap()).unwrap();
    deployment.variables = [
        ("AWS_ENDPOINT_URL_DYNAMODB", candidates.dynamodb(&Endpoint::ONE)),
        ("CORE_TABLE", "pennon-core".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    deployment.output = Output::Discard;
    deployment.concurrency = 32;
    let gateway = Gateway::start(deployment).await.unwrap();
    for callers in [1, 4, 16] {
        row("health, over HTTP", callers, requested(&gateway, "GET", "/health", callers).await);
        let path = "/ofrep/v1/evaluate/flags/flag-0005";
        row("one flag, over HTTP", callers, requested(&gateway, "POST", path, callers).await);
    }
    gateway.shutdown().await;
}

async fn invoked(function: &Function, event: &str, callers: usize) -> f64 {
    let calls = (0..callers).map(|_| {
        let (function, event) = (function.clone(), event.to_owned());
        tokio::spawn(async move {
            let (begun, mut answered) = (Instant::now(), 0_u32);
            while begun.elapsed() < FOR {
                function.invoke(event.clone()).await.unwrap();
                answered += 1;
            }
            answered
        })
    });
    per_second(calls).await
}

async fn requested(gateway: &Gateway, method: &'static str, path: &str, callers: usize) -> f64 {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let calls = (0..callers).map(|_| {
        let (client, url) = (client.clone(), format!("{}{path}", gateway.url()));
        tokio::spawn(async move {
            let (begun, mut answered) = (Instant::now(), 0_u32);
            while begun.elapsed() < FOR {
                let body =
                    if method == "POST" { Bytes::from_static(CONTEXT.as_bytes()) } else { Bytes::new() };
                let request = Request::builder()
                    .method(method)
                    .uri(&url)
                    .header("authorization", format!("Bearer {SDK_KEY}"))
                    .header("content-type", "application/json")
                    .body(Full::new(body));
                let response = client.request(request.unwrap()).await.unwrap();
                assert_eq!(response.status(), 200);
                response.into_body().collect().await.unwrap();
                answered += 1;
            }
            answered
        })
    });
    per_second(calls).await
}

async fn per_second(calls: impl Iterator<Item = tokio::task::JoinHandle<u32>>) -> f64 {
    let calls: Vec<_> = calls.collect();
    let mut answered = 0.0;
    for call in calls {
        answered += f64::from(call.await.unwrap());
    }
    answered / FOR.as_secs_f64()
}

fn row(what: &str, callers: usize, per_second: f64) {
    println!("  {what:<22} {callers:>2} at once  {per_second:>8.0}");
}
