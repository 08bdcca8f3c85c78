//! `POST /ofrep/v1/evaluate/flags/{key}`.

use serde_json::json;

use super::{CONTEXTS, assert_failure, server};
use crate::support::{LocalServer, send};

#[tokio::test]
async fn every_answer_has_the_members_that_clients_need() {
    let server = server();
    let set = json!({ "set": "every-kind" });
    let object = json!({ "title": "Grüße", "limits": { "items": 3, "ratio": 0.25 }, "tags": ["a", "b"] });
    for (key, expected) in [
        ("boolean", json!({ "value": true, "variant": "on", "reason": "STATIC", "metadata": set })),
        ("string", json!({ "value": "hallo", "variant": "hello", "reason": "STATIC", "metadata": set })),
        ("integer", json!({ "value": 10, "variant": "ten", "reason": "STATIC", "metadata": set })),
        ("float", json!({ "value": 10.0, "variant": "ten", "reason": "STATIC", "metadata": set })),
        (
            "object",
            json!({
                "value": object, "variant": "full", "reason": "STATIC",
                "metadata": { "set": "every-kind", "owner": "payments", "priority": 2 },
            }),
        ),
        ("plan", json!({ "value": "full", "variant": "full", "reason": "TARGETING_MATCH", "metadata": set })),
        ("person", json!({ "value": "somebody", "variant": "other", "reason": "DEFAULT", "metadata": set })),
        ("staff", json!({ "value": true, "variant": "yes", "reason": "TARGETING_MATCH", "metadata": set })),
        // Without a value, the caller takes the default of its code. Never null: clients take that for a value.
        ("disabled", json!({ "reason": "DISABLED", "metadata": set })),
        ("code-default", json!({ "reason": "DEFAULT", "metadata": set })),
    ] {
        let context = r#"{"context":{"targetingKey":"bob","plan":"pro","email":"bob@example.com"}}"#;
        let answer = server.evaluate(key, context).await;
        let mut expected = expected;
        expected["key"] = key.into();
        assert_eq!((answer.status, answer.json()), (200, expected), "{key}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{key}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{key}");
    }
}

#[tokio::test]
async fn numbers_stay_as_they_were_written() {
    let server = server();
    assert!(server.evaluate("float", "").await.text.contains(r#""value":10.0,"#));
    assert!(server.evaluate("integer", "").await.text.contains(r#""value":10,"#));
}

#[tokio::test]
async fn a_failing_flag_is_a_400_with_its_metadata() {
    let body = assert_failure(&server().evaluate("no-such-variant", "").await, 400, "GENERAL");
    assert_eq!(
        (&body["key"], &body["metadata"]),
        (&json!("no-such-variant"), &json!({ "set": "every-kind" }))
    );
}

#[tokio::test]
async fn an_unknown_flag_is_a_404_with_the_metadata_of_the_set() {
    let body = assert_failure(&server().evaluate("no-such-flag", "").await, 404, "FLAG_NOT_FOUND");
    assert_eq!((&body["key"], &body["metadata"]), (&json!("no-such-flag"), &json!({ "set": "every-kind" })));
}

/// Some clients send a key raw and others percent-encoded; the `/` in particular comes both ways.
#[tokio::test]
async fn the_key_is_the_rest_of_the_path_decoded_once() {
    let server = server();
    for (path, key) in [
        ("a%2Fb", "a/b"),
        ("a/b", "a/b"),
        ("a//b", "a//b"),
        ("a%20b", "a b"),
        ("a b", "a b"),
        ("a%2520b", "a%20b"),
        ("100%25", "100%"),
        ("a+b", "a+b"),
        ("a%3Fb%23c", "a?b#c"),
        ("gr%C3%BCn", "grün"),
        ("grün", "grün"),
        ("%F0%9F%9A%80", "🚀"),
    ] {
        let body = assert_failure(&server.evaluate(path, "").await, 404, "FLAG_NOT_FOUND");
        assert_eq!(body["key"], key, "{path}");
    }
    for path in ["with space", "with%20space", "gr%C3%B6%C3%9Fe", "größe", "dots.and_dashes-1"] {
        assert_eq!(server.evaluate(path, "").await.status, 200, "{path}");
    }
}

/// JavaScript clients put `/ofrep` behind whatever base URL they are given.
#[tokio::test]
async fn doubled_slashes_in_the_path_are_one() {
    let server = server();
    for path in ["//ofrep/v1/evaluate/flags/boolean", "/ofrep//v1/evaluate/flags//boolean"] {
        assert_eq!(send(server.post(path)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_context_is_optional_in_every_way() {
    let server = server();
    for context in CONTEXTS {
        assert_eq!(server.evaluate("boolean", context).await.status, 200, "{context}");
    }
    for body in [" \n", r#"{"context":{},"extension":1}"#] {
        assert_eq!(server.evaluate("boolean", body).await.status, 200, "{body}");
    }
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let server = server();
    for content_type in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"]
    {
        let path = "/ofrep/v1/evaluate/flags/plan";
        let request =
            server.request("POST", path).bearer_auth(&server.key).header("content-type", content_type);
        let answer = send(request.body(r#"{"context":{"plan":"pro"}}"#)).await;
        assert_eq!(answer.json()["variant"], "full", "{content_type}");
    }
}

/// What the server derives is never taken from the caller.
#[tokio::test]
async fn a_caller_cannot_replace_what_the_server_knows() {
    let flags = json!({ "flags": { "honest": {
        "state": "ENABLED",
        "variants": { "spoofed": true, "honest": false },
        "defaultVariant": "honest",
        "targeting": { "if": [{ "==": [{ "var": "$flagd.flagKey" }, "honest"] }, "honest", "spoofed"] },
    } } });
    let server = LocalServer::with_flags(&flags.to_string());
    for context in [r#"{"context":{"$flagd":{"flagKey":"x"}}}"#, r#"{"context":{"$flagd":null}}"#, "{}"] {
        assert_eq!(server.evaluate("honest", context).await.json()["variant"], "honest", "{context}");
    }
}
