//! What a receiver of OTLP gets from a function that runs as in Lambda, and what the function does without one.

#![cfg(test)]

mod receiver;

use std::time::{Duration, Instant};

use http::StatusCode;
use lambda_harness::{Builder, Function};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode as SpanStatus};
use pennon_test_support::events::event;
use serde_json::{Value, json};

use receiver::{Behaviour, Receiver, texts, took};

const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-00";
const OK: Behaviour = Behaviour::Answer(StatusCode::OK);

fn function(endpoint: &str) -> Builder {
    Function::builder(env!("CARGO_BIN_EXE_traced")).variable("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
}

/// A request for that key, with that header.
fn request(key: &str, traceparent: Option<&str>) -> String {
    let mut event: Value = serde_json::from_str(&event("evaluate-flag/targeted-rest").unwrap()).unwrap();
    event["path"] = json!(format!("/ofrep/v1/evaluate/flags/{key}"));
    if let Some(traceparent) = traceparent {
        event["headers"]["traceparent"] = json!(traceparent);
        event["multiValueHeaders"]["traceparent"] = json!([traceparent]);
    }
    event.to_string()
}

/// Asks, and says what the answer was and how long the process was busy with it.
async fn ask(function: &Function, event: String) -> (u64, Duration) {
    let invocation = function.invoke(event).await.unwrap();
    let answer: Value = serde_json::from_slice(&invocation.payload).unwrap();
    (answer["statusCode"].as_u64().unwrap(), invocation.report.duration)
}

fn named<'s>(spans: &'s [Span], name: &str) -> &'s Span {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {spans:#?}"))
}

#[tokio::test]
async fn a_request_is_a_span_in_its_callers_trace_and_its_parts_are_spans_in_it() {
    let receiver = Receiver::start(OK).await;
    let function = function(&receiver.endpoint).build();
    assert_eq!(ask(&function, request("new-checkout", Some(SAMPLED))).await.0, 200);
    // The process has asked for the next event by now, and Lambda may freeze it: there is nothing to wait for.
    let spans = receiver.spans();
    assert_eq!((receiver.requests().len(), spans.len()), (1, 4));
    let whole = named(&spans, "POST /ofrep/v1/evaluate/flags/{key+}");
    assert_eq!(whole.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(whole.parent_span_id, 0x00f0_67aa_0b19_02b7_u64.to_be_bytes());
    assert_eq!(whole.kind(), SpanKind::Server);
    let attributes = texts(&whole.attributes);
    let (invocation, attributes): (Vec<_>, Vec<_>) =
        attributes.iter().partition(|text| text.starts_with("faas.invocation_id="));
    assert!(function.logs().contains(invocation[0].split_once('=').unwrap().1));
    let expected = [
        "http.request.method=POST",
        "http.response.status_code=200",
        "http.route=/ofrep/v1/evaluate/flags/{key+}",
        "pennon.environment=shop.live",
        "pennon.stale=true",
        "pennon.version=7",
    ];
    assert_eq!(attributes, expected);
    assert!(whole.status.as_ref().is_none_or(|status| status.code() == SpanStatus::Unset));
    let mut before = whole.start_time_unix_nano;
    for (name, least) in [("head", 20), ("snapshot", 10), ("evaluate", 0)] {
        let part = named(&spans, name);
        assert_eq!((&part.trace_id, &part.parent_span_id), (&whole.trace_id, &whole.span_id));
        assert_eq!((part.kind(), part.attributes.len()), (SpanKind::Internal, 0));
        assert!(took(part) >= Duration::from_millis(least), "{name}: {:?}", took(part));
        assert!(part.start_time_unix_nano >= before && part.end_time_unix_nano <= whole.end_time_unix_nano);
        before = part.end_time_unix_nano;
    }
}

#[tokio::test]
async fn spans_say_what_they_are_of() {
    let receiver = Receiver::start(OK).await;
    let resource = async |builder: Builder| {
        ask(&builder.build(), request("a", Some(SAMPLED))).await;
        let resource = receiver.resources().pop().unwrap().resource.unwrap();
        texts(&resource.attributes)
            .into_iter()
            .filter(|text| !text.starts_with("telemetry.sdk."))
            .collect::<Vec<_>>()
    };
    let release = format!("service.version={}", pennon_telemetry::RELEASE);
    let function = function(&receiver.endpoint).name("evaluate");
    assert_eq!(resource(function.clone()).await, ["faas.name=evaluate", "service.name=evaluate", &release]);
    let function = function
        .variable("OTEL_SERVICE_NAME", "flags")
        .variable("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
    let expected = ["deployment.environment.name=test", "faas.name=evaluate", "service.name=flags", &release];
    assert_eq!(resource(function).await, expected);
}

#[tokio::test]
async fn a_fault_is_an_error_and_no_span_says_what_callers_entrusted() {
    let receiver = Receiver::start(OK).await;
    let function = function(&receiver.endpoint).build();
    assert_eq!(ask(&function, request("fault", Some(SAMPLED))).await.0, 500);
    assert_eq!(ask(&function, request("the-key-of-a-flag", Some(SAMPLED))).await.0, 200);
    let spans = receiver.spans();
    let fault = named(&spans, "POST /ofrep/v1/evaluate/flags/{key+}");
    assert_eq!(fault.status.as_ref().unwrap().code(), SpanStatus::Error);
    let attributes = texts(&fault.attributes);
    for expected in ["error.type=500", "http.response.status_code=500"] {
        assert!(attributes.iter().any(|text| text == expected), "{attributes:?}");
    }
    let event: Value = serde_json::from_str(&request("the-key-of-a-flag", None)).unwrap();
    let key = event["headers"]["Authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
    let context: Value = serde_json::from_str(event["body"].as_str().unwrap()).unwrap();
    let targeting = context["context"]["targetingKey"].as_str().unwrap();
    for body in receiver.requests() {
        let text = String::from_utf8_lossy(&body);
        for secret in [key, targeting, "the-key-of-a-flag", "the cause of a fault", "203.0.113.7"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}

#[tokio::test]
async fn who_calls_decides_what_is_sampled_unless_the_environment_does() {
    let receiver = Receiver::start(OK).await;
    let by_callers = function(&receiver.endpoint).build();
    // Without a traceparent, X-Ray's word counts. That of the harness is no.
    for traceparent in [Some(UNSAMPLED), None] {
        assert_eq!(ask(&by_callers, request("a", traceparent)).await.0, 200);
    }
    assert_eq!(receiver.requests().len(), 0);
    let always = function(&receiver.endpoint).variable("OTEL_TRACES_SAMPLER", "always_on").build();
    for (requests, traceparent) in [Some(UNSAMPLED), None].into_iter().enumerate() {
        ask(&always, request("a", traceparent)).await;
        assert_eq!(receiver.requests().len(), requests + 1);
    }
    let never = function(&receiver.endpoint).variable("OTEL_TRACES_SAMPLER", "always_off").build();
    ask(&never, request("a", Some(SAMPLED))).await;
    let nowhere = function("").build();
    ask(&nowhere, request("a", Some(SAMPLED))).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_no_answer_and_one_invocation() {
    let receiver = Receiver::start(Behaviour::Hang).await;
    let deadline = Duration::from_millis(600);
    let function = function(&receiver.endpoint).variable("OTEL_EXPORTER_OTLP_TIMEOUT", "600").build();
    ask(&function, request("a", Some(UNSAMPLED))).await;
    let began = Instant::now();
    let streamed = function.invoke_streaming(request("a", Some(SAMPLED))).await;
    // It is not streamed, which is known as soon as it has answered.
    assert!(streamed.is_err() && began.elapsed() < deadline, "{:?}", began.elapsed());
    tokio::time::sleep(2 * deadline).await;
    let (status, next) = ask(&function, request("a", Some(SAMPLED))).await;
    assert_eq!((status, receiver.requests().len()), (200, 1));
    assert!(next < deadline, "{next:?}");
    assert_eq!(function.processes().len(), 1);
    assert_eq!(function.logs().matches("spans cannot be exported").count(), 1);
}

#[tokio::test]
async fn a_receiver_that_is_away_or_refuses_is_asked_once() {
    let receiver = Receiver::start(Behaviour::Answer(StatusCode::SERVICE_UNAVAILABLE)).await;
    for (endpoint, attempts) in [(receiver.endpoint.as_str(), 1), ("http://127.0.0.1:9", 1)] {
        let function = function(endpoint).variable("OTEL_EXPORTER_OTLP_TIMEOUT", "1000").build();
        let (status, took) = ask(&function, request("a", Some(SAMPLED))).await;
        assert_eq!((status, receiver.requests().len()), (200, attempts));
        assert!(took < Duration::from_secs(1), "{took:?}");
        assert_eq!(ask(&function, request("a", Some(SAMPLED))).await.0, 200);
        let logs = function.logs();
        assert_eq!(logs.matches("spans cannot be exported").count(), 1, "{logs}");
    }
}

#[tokio::test]
async fn a_variable_that_says_nothing_usable_is_named_before_the_first_request() {
    for (variable, value) in
        [("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "no url")]
    {
        let function = function("http://127.0.0.1:9").variable(variable, value).build();
        assert!(function.invoke(request("a", None)).await.is_err());
        assert!(function.logs().contains(variable), "{}", function.logs());
    }
}
