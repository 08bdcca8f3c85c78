//! What is refused, and how: with a status and a body that the clients in use understand.

use super::{BULK, SNAPSHOT, assert_failure, server};
use crate::support::{Answer, EVERY_KIND, LocalServer, Start, send};

/// The size that `pennon_domain::limits` names.
const MAX_BODY_BYTES: usize = pennon_domain::limits::MAX_BODY_BYTES;

#[tokio::test]
async fn a_body_that_is_no_context_is_a_400() {
    let server = server();
    let deep = format!(r#"{{"context":{{"a":{}{}}}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    for body in [
        "{",
        "nonsense",
        "[]",
        "1",
        "\"text\"",
        r#"{"context":[]}"#,
        r#"{"context":"text"}"#,
        r#"{"context":1}"#,
        r#"{"context":true}"#,
        r#"{"context":{}} trailing"#,
        r#"{"context":{"a":}}"#,
        r#"{"context":{"a":1e999}}"#,
        &deep,
    ] {
        let start = body.get(..40).unwrap_or(body);
        let single = server.evaluate("boolean", body).await;
        assert_eq!(assert_failure(&single, 400, "INVALID_CONTEXT")["key"], "boolean", "{start}");
        let bulk = server.evaluate_all(body).await;
        assert!(assert_failure(&bulk, 400, "INVALID_CONTEXT").get("key").is_none(), "{start}");
    }
    let not_text = server.post(BULK).body(vec![b'"', 0xFF, b'"']);
    assert_failure(&send(not_text).await, 400, "INVALID_CONTEXT");
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_and_one_at_the_limit_is_not() {
    let server = server();
    let frame = r#"{"context":{"pad":""}}"#.len();
    let body = |bytes: usize| format!(r#"{{"context":{{"pad":"{}"}}}}"#, "x".repeat(bytes - frame));
    for path in [BULK, "/ofrep/v1/evaluate/flags/boolean"] {
        assert_eq!(send(server.post(path).body(body(MAX_BODY_BYTES))).await.status, 200, "{path}");
        assert_failure(&send(server.post(path).body(body(MAX_BODY_BYTES + 1))).await, 413, "GENERAL");
        assert_failure(&send(server.post(path).body(body(11 * 1024 * 1024))).await, 413, "GENERAL");
    }
}

/// Whoever guesses learns nothing from the answer: not even whether the environment exists.
#[tokio::test]
async fn every_wrong_key_gets_the_same_401() {
    let server = server();
    let secret = server.key.rsplit('_').next().unwrap();
    let (environment, kid) = {
        let mut parts = server.key.split('_').skip(1);
        (parts.next().unwrap(), parts.next().unwrap())
    };
    let wrong_secret: String = secret.chars().rev().collect();
    let keys = [
        String::new(),
        "nonsense".to_owned(),
        format!("{}x", server.key),
        format!("pnn_{environment}_{kid}_{wrong_secret}"),
        format!("pnn_{environment}_other_{secret}"),
        format!("pnn_nowhere_{kid}_{secret}"),
        format!("xyz_{environment}_{kid}_{secret}"),
        server.key.to_uppercase(),
    ];
    for path in [BULK, "/ofrep/v1/evaluate/flags/boolean"] {
        let nothing = send(server.anonymous_post(path)).await;
        assert_failure(&nothing, 401, "GENERAL");
        assert!(nothing.header("www-authenticate").is_some(), "{nothing:#?}");
        for key in &keys {
            let requests = [
                server.anonymous_post(path).bearer_auth(key),
                server.anonymous_post(path).basic_auth("user", Some(key)),
                server.anonymous_post(path).header("authorization", key),
                server.anonymous_post(path).header("x-api-key", key),
            ];
            for request in requests {
                assert_same(&send(request).await, &nothing, key);
            }
        }
    }
}

#[tokio::test]
async fn either_header_opens_and_the_scheme_has_no_case() {
    let server = server();
    let bearer = |scheme: &str| {
        server.anonymous_post(BULK).header("authorization", format!("{scheme} {}", server.key))
    };
    let requests = [
        bearer("Bearer"),
        bearer("bearer"),
        bearer("BEARER"),
        server.anonymous_post(BULK).header("x-api-key", &server.key),
        server.anonymous_post(BULK).header("X-API-Key", &server.key),
    ];
    for request in requests {
        assert_eq!(send(request).await.status, 200);
    }
}

#[tokio::test]
async fn a_key_that_is_too_long_is_a_400() {
    let server = server();
    let longest = "k".repeat(pennon_domain::limits::MAX_FLAG_KEY_BYTES);
    assert_failure(&server.evaluate(&longest, "").await, 404, "FLAG_NOT_FOUND");
    assert_failure(&server.evaluate(&format!("{longest}k"), "").await, 400, "GENERAL");
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_a_wrong_method_a_405() {
    let server = server();
    for path in [
        "/",
        "/ofrep",
        "/ofrep/v1/configuration",
        "/ofrep/v2/evaluate/flags",
        "/v1/snapshots",
        "/favicon.ico",
    ] {
        for method in ["GET", "POST"] {
            let answer = send(server.request(method, path).bearer_auth(&server.key)).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.json()["status"], 404, "{method} {path}");
        }
    }
    for (method, path) in
        [("GET", BULK), ("PUT", BULK), ("DELETE", "/ofrep/v1/evaluate/flags/boolean"), ("POST", SNAPSHOT)]
    {
        let answer = send(server.request(method, path).bearer_auth(&server.key)).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.json().is_object(), "{method} {path}");
    }
}

/// In whole seconds and at least one: clients take every other form for something else.
#[tokio::test]
async fn too_many_requests_are_a_429_that_says_how_long_to_wait() {
    let server =
        Start::new().flags(EVERY_KIND).throttled("EvaluationRateLimit=1 EvaluationBurstLimit=2").serve();
    for path in [BULK, "/ofrep/v1/evaluate/flags/boolean"] {
        let answer = until_limited(&server, path).await;
        // The gateway's own answer, which is a problem with the members of OFREP: `throttling` holds it to the template.
        assert_eq!((answer.status, answer.header("content-type")), (429, Some("application/problem+json")));
        assert_eq!(answer.json()["errorCode"], "GENERAL", "{answer:#?}");
        assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1, "{answer:#?}");
    }
}

async fn until_limited(server: &LocalServer, path: &str) -> Answer {
    for _ in 0..100 {
        let answer = send(server.post(path)).await;
        if answer.status != 200 {
            return answer;
        }
    }
    panic!("{path} is not limited");
}

#[track_caller]
fn assert_same(answer: &Answer, other: &Answer, key: &str) {
    assert_eq!((answer.status, &answer.text), (other.status, &other.text), "{key}");
    for header in ["www-authenticate", "content-type", "content-length", "cache-control"] {
        assert_eq!(answer.header(header), other.header(header), "{header} for {key}");
    }
}
