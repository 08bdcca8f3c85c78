//! What the functions print: log lines and metrics, and never what they were trusted with.

use lambda_harness::Function;
use pennon_test_support::{Fault, FaultProxy, Scope, events::event};
use serde_json::{Value, json};

use crate::support::{Demo, Issuer, evaluation, function};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The lines that a function printed by itself. Each has to be a JSON object.
fn printed(function: &Function) -> Vec<Value> {
    let (lines, _) = function.log_lines(0);
    let lines = lines.iter().map(|line| line.text.as_str());
    let own = lines
        .filter(|line| !["START ", "END ", "REPORT ", "INIT_"].iter().any(|start| line.starts_with(start)));
    own.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

fn logged(function: &Function) -> Vec<Value> {
    printed(function).into_iter().filter(|line| line.get("_aws").is_none()).collect()
}

/// What was counted of a metric, with that label.
fn counted(function: &Function, name: &str, label: Option<(&str, &str)>) -> u64 {
    let lines = printed(function).into_iter().filter(|line| line.get("_aws").is_some());
    let labelled = lines.filter(|line| label.is_none_or(|(label, value)| line[label] == value));
    labelled.filter_map(|line| line[name].as_u64()).sum()
}

fn with_header(event: &str, name: &str, value: &str) -> String {
    let mut event: Value = serde_json::from_str(event).unwrap();
    event["headers"][name] = json!(value);
    event["multiValueHeaders"][name] = json!([value]);
    event.to_string()
}

#[tokio::test]
async fn what_is_counted_reaches_the_log_once_a_second_and_at_the_end_of_an_invocation() {
    let demo = Demo::new().await;
    let function = demo.function("evaluate-flag").variable("METRICS_NAMESPACE", "Pennon/test").build();
    function.invoke(evaluation()).await.unwrap();
    let first = printed(&function);
    assert!(!first.is_empty() && first.iter().all(|line| line.get("_aws").is_some()), "{first:#?}");
    for line in &first {
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Pennon/test");
        assert_eq!(metrics["Dimensions"][0][0], "FunctionName");
        assert_eq!(line["FunctionName"], "evaluate-flag");
        assert!(line.get("requestId").is_none(), "{line}");
    }
    assert_eq!(counted(&function, "pennon_cold_starts_total", None), 1);
    for _ in 0..20 {
        function.invoke(evaluation()).await.unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    function.invoke(evaluation()).await.unwrap();
    assert_eq!(counted(&function, "pennon_requests_total", None), 22);
    let matched = Some(("reason", "TARGETING_MATCH"));
    assert_eq!(counted(&function, "pennon_evaluations_total", matched), 22);
    let reports =
        printed(&function).iter().filter(|line| line.get("pennon_requests_total").is_some()).count();
    assert!((2..=4).contains(&reports), "{reports} reports");
}

#[tokio::test]
async fn without_an_interval_a_line_names_its_request_and_without_metrics_there_is_none() {
    let demo = Demo::new().await;
    let exact = demo.function("evaluate-flag").variable("METRICS_INTERVAL_MS", "0").build();
    let traced = with_header(&evaluation(), "traceparent", TRACEPARENT);
    let invocation = exact.invoke(traced).await.unwrap();
    for line in printed(&exact) {
        assert_eq!(
            (&line["requestId"], &line["traceId"]),
            (&json!(invocation.report.request_id), &json!(TRACE))
        );
    }
    let off = demo.function("evaluate-flag").variable("METRICS", "off").build();
    off.invoke(evaluation()).await.unwrap();
    assert_eq!(printed(&off), Vec::<Value>::new());
}

#[tokio::test]
async fn a_failure_is_logged_once_with_its_request_its_trace_and_its_environment() {
    let demo = Demo::new().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    let function = function("evaluate-flag", &proxy.endpoint())
        .variable("DYNAMODB_ATTEMPT_TIMEOUT_MS", "100")
        .variable("DYNAMODB_OPERATION_TIMEOUT_MS", "300")
        .build();
    proxy.inject(Scope::all(), Fault::Close);
    let traced = with_header(&evaluation(), "traceparent", TRACEPARENT);
    let invocation = function.invoke(traced).await.unwrap();
    let lines = logged(&function);
    let failed: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    let [line] = failed[..] else { panic!("{lines:#?}") };
    assert_eq!(line["message"], "request failed");
    assert_eq!(line["status"], 503);
    assert_eq!(line["requestId"], json!(invocation.report.request_id));
    assert_eq!(line["traceId"], TRACE);
    assert_eq!(line["environment"], "demo.local");
    assert_eq!(
        (&line["functionName"], &line["release"]),
        (&json!("evaluate-flag"), &json!(env!("CARGO_PKG_VERSION")))
    );
    assert!(line["cause"].as_str().unwrap().contains("HEAD"), "{line}");
    assert_eq!(counted(&function, "pennon_faults_total", None), 1);
    assert_eq!(counted(&function, "pennon_problems_total", Some(("kind", "unavailable"))), 1);
}

#[tokio::test]
async fn a_start_that_fails_is_logged() {
    let demo = Demo::new().await;
    for (name, variable, value) in [
        ("evaluate-flag", "HEAD_TTL_MS", "soon"),
        ("get-snapshot", "RESPONSE_MODE", "sometimes"),
        ("health", "METRICS_INTERVAL_MS", "soon"),
    ] {
        let function = demo.function(name).variable(variable, value).build();
        function.invoke("{}").await.unwrap_err();
        let lines = logged(&function);
        let line = lines.iter().find(|line| line["message"] == "the function cannot start");
        let line = line.unwrap_or_else(|| panic!("{lines:#?}"));
        assert!(line["error"].as_str().unwrap().contains(variable), "{line}");
        assert_eq!(line["level"], "ERROR");
    }
}

#[tokio::test]
async fn what_the_functions_are_trusted_with_is_never_printed() {
    const MARK: &str = "hush-7f3a";
    let demo = Demo::new().await;
    let issuer = Issuer::start().await;
    let proxy = FaultProxy::start(demo.dynamodb.address()).await.unwrap();
    let quick = |name: &str| {
        function(name, &proxy.endpoint())
            .variable("RUST_LOG", "trace")
            .variable("AWS_LAMBDA_LOG_LEVEL", "TRACE")
            .variable("DYNAMODB_ATTEMPT_TIMEOUT_MS", "100")
            .variable("DYNAMODB_OPERATION_TIMEOUT_MS", "300")
            .variable("OIDC_ISSUER", &issuer.url)
            .variable("OIDC_AUDIENCE", "pennon")
            .build()
    };
    let (single, bulk, put, authorize) =
        (quick("evaluate-flag"), quick("evaluate-flags"), quick("put-flag"), quick("authorize"));
    for broken in [false, true] {
        if broken {
            proxy.inject(Scope::all(), Fault::Close);
        }
        for (function, case) in [
            (&single, "evaluate-flag/targeted-rest"),
            (&bulk, "evaluate-flags/all-rest"),
            (&put, "put-flag/first-try"),
        ] {
            for marked in marked(&event(case).unwrap(), MARK) {
                // Whatever the answer is.
                let _ = function.invoke(marked).await;
            }
        }
        for token in
            [format!("Bearer {MARK}.{MARK}.{MARK}"), format!("Bearer {}", issuer.token("pennon", MARK))]
        {
            let question =
                json!({ "type": "TOKEN", "authorizationToken": token, "methodArn": "arn:a/b/GET/c" });
            let _ = authorize.invoke(question.to_string()).await;
        }
    }
    for function in [&single, &bulk, &put, &authorize] {
        let lines = printed(function);
        assert!(lines.len() > 2, "{lines:#?}");
        let said = format!("{lines:?}");
        assert!(!said.contains(MARK), "{}: {said}", function.name());
        assert!(!said.contains(pennon_local::SDK_KEY), "{}: {said}", function.name());
    }
}

/// The event with the mark wherever a caller can put something: in keys, in the path, in the body, in headers.
fn marked(event: &str, mark: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(event).unwrap();
    let mut events = vec![event.to_owned(), with_header(event, "X-Anything", mark)];
    for header in
        ["Authorization", "X-API-Key", "Idempotency-Key", "If-None-Match", "If-Match", "traceparent"]
    {
        events.push(with_header(event, header, &format!("Bearer pnn_demo.local_{mark}_{mark}")));
    }
    for body in [
        format!(r#"{{"context":{{"targetingKey":"{mark}","email":"{mark}"}}}}"#),
        format!(r#"{{"context":"{mark}"}}"#),
        format!("{{{mark}"),
        format!(r#"{{"state":"{mark}","variants":{{"{mark}":true}},"defaultVariant":"{mark}"}}"#),
    ] {
        let mut event = parsed.clone();
        event["body"] = json!(body);
        events.push(event.to_string());
    }
    let mut event = parsed;
    let path = event["path"].as_str().unwrap().to_owned();
    event["path"] = json!(format!("{path}-{mark}"));
    events.push(event.to_string());
    events
}
