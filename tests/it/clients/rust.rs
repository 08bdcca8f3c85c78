//! `open-feature-ofrep`.

use std::time::Duration;

use open_feature::{
    EvaluationContext, EvaluationError, EvaluationErrorCode, Value, provider::FeatureProvider,
    provider::ResolutionDetails,
};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::{limited_server, server};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// One test: the crate keeps `Retry-After` in a static, so that a rate limit pauses every provider of the process.
#[tokio::test]
async fn the_rust_provider_gets_every_answer_right() {
    evaluates().await;
    waits_as_long_as_it_is_told().await;
}

async fn evaluates() {
    let server = server();
    let bearer = format!("Bearer {}", server.key);
    let provider = connect(&server.url, AUTHORIZATION, &bearer).await;
    let nobody = EvaluationContext::default();

    assert_resolves(provider.resolve_bool_value("boolean", &nobody).await, true, "on");
    assert_resolves(provider.resolve_string_value("string", &nobody).await, "hallo".to_owned(), "hello");
    assert_resolves(provider.resolve_int_value("integer", &nobody).await, 10, "ten");
    assert_resolves(provider.resolve_float_value("float", &nobody).await, 10.0, "ten");
    let object = provider.resolve_struct_value("object", &nobody).await.unwrap();
    assert_eq!(object.value.fields.get("title"), Some(&Value::String("Grüße".to_owned())));

    let alice = EvaluationContext::default().with_targeting_key("alice");
    let bob = EvaluationContext::default().with_targeting_key("bob");
    let pro = alice.clone().with_custom_field("plan", "pro");
    assert_resolves(provider.resolve_string_value("plan", &alice).await, "basic".to_owned(), "basic");
    assert_resolves(provider.resolve_string_value("plan", &pro).await, "full".to_owned(), "full");
    assert_resolves(provider.resolve_string_value("person", &alice).await, "it is alice".to_owned(), "alice");
    assert_resolves(provider.resolve_string_value("person", &bob).await, "somebody".to_owned(), "other");

    for unknown in ["no-such-flag", "no/such/flag"] {
        let error = provider.resolve_bool_value(unknown, &nobody).await.unwrap_err();
        assert_eq!(error.code, EvaluationErrorCode::FlagNotFound, "{unknown}");
    }
    // The crate takes every 400 for a bad context, and has no notion of an answer without a value.
    let failing = provider.resolve_bool_value("no-such-variant", &nobody).await.unwrap_err();
    assert_eq!(failing.code, EvaluationErrorCode::InvalidContext);
    for without_value in ["disabled", "code-default"] {
        let error = provider.resolve_bool_value(without_value, &nobody).await.unwrap_err();
        assert_eq!(error.code, EvaluationErrorCode::ParseError, "{without_value}");
    }
    assert_resolves(provider.resolve_bool_value("with space", &nobody).await, true, "on");
    assert_resolves(provider.resolve_string_value("größe", &nobody).await, "XL".to_owned(), "xl");

    let by_api_key = connect(&server.url, X_API_KEY, &server.key).await;
    assert_resolves(by_api_key.resolve_bool_value("boolean", &nobody).await, true, "on");
    let by_slash = connect(&format!("{}/", server.url), AUTHORIZATION, &bearer).await;
    assert_resolves(by_slash.resolve_bool_value("boolean", &nobody).await, true, "on");
    let by_wrong_key = connect(&server.url, AUTHORIZATION, &format!("{bearer}x")).await;
    let refused = by_wrong_key.resolve_bool_value("boolean", &nobody).await.unwrap_err();
    assert!(refused.message.is_some_and(|message| message.contains("authorization")));
}

async fn waits_as_long_as_it_is_told() {
    let server = limited_server();
    let provider = connect(&server.url, AUTHORIZATION, &format!("Bearer {}", server.key)).await;
    let nobody = EvaluationContext::default();

    assert_resolves(provider.resolve_bool_value("boolean", &nobody).await, true, "on");
    let limited = async {
        loop {
            if let Err(error) = provider.resolve_bool_value("boolean", &nobody).await {
                return error;
            }
        }
    };
    let limited = tokio::time::timeout(Duration::from_secs(10), limited).await.expect("the server limits");
    assert_eq!(limited.code, EvaluationErrorCode::General("Rate limit exceeded".to_owned()));
    // Only when it waits does the crate ask not to make another request.
    let paused = provider.resolve_bool_value("boolean", &nobody).await.unwrap_err();
    assert!(paused.message.is_some_and(|message| message.contains("Please wait")));
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_resolves(provider.resolve_bool_value("boolean", &nobody).await, true, "on");
}

async fn connect(base_url: &str, header: HeaderName, key: &str) -> OfrepProvider {
    let headers = HeaderMap::from_iter([(header, HeaderValue::from_str(key).unwrap())]);
    let options = OfrepOptions { base_url: base_url.to_owned(), headers, ..OfrepOptions::default() };
    OfrepProvider::new(options).await.unwrap()
}

#[track_caller]
fn assert_resolves<T>(outcome: Result<ResolutionDetails<T>, EvaluationError>, value: T, variant: &str)
where
    T: PartialEq + std::fmt::Debug,
{
    let details = outcome.unwrap();
    assert_eq!((details.value, details.variant.as_deref()), (value, Some(variant)));
}
