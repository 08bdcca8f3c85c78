//! `GET /v1/snapshot`, `GET /health` and `GET /ready`.

use super::{CONTEXTS, SNAPSHOT, server};
use crate::support::{Answer, LocalServer, definition, every_kind, send};

#[tokio::test]
async fn a_snapshot_is_a_definition_file_that_gives_the_same_answers() {
    let original = server();
    let snapshot = get(&original, None).await;
    assert_eq!(snapshot.status, 200);
    assert_eq!(snapshot.header("content-type"), Some("application/json"));
    let copy = LocalServer::with_flags(&snapshot.text);
    for context in CONTEXTS {
        let (one, other) = (original.evaluate_all(context).await, copy.evaluate_all(context).await);
        assert_eq!((&one.text, one.etag()), (&other.text, other.etag()), "{context}");
    }
    let again = get(&copy, None).await;
    assert_eq!((&again.text, again.etag()), (&snapshot.text, snapshot.etag()));
}

#[tokio::test]
async fn a_snapshot_holds_what_was_published() {
    let (snapshot, published) = (get(&server(), None).await.json(), every_kind());
    for section in ["flags", "$evaluators", "metadata"] {
        assert_eq!(snapshot[section], published[section], "{section}");
    }
}

#[tokio::test]
async fn numbers_stay_as_they_were_written() {
    assert!(get(&server(), None).await.text.contains(r#""ten":10.0"#));
}

#[tokio::test]
async fn a_current_copy_is_a_304() {
    let server = server();
    let tag = get(&server, None).await.etag().to_owned();
    for form in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let answer = get(&server, Some(&form)).await;
        assert_eq!((answer.status, answer.text.as_str(), answer.etag()), (304, "", tag.as_str()), "{form}");
        assert!(answer.header("cache-control").is_some_and(|value| value.contains("stale-if-error")));
    }
    assert_eq!(get(&server, Some("\"other\"")).await.status, 200);
}

#[tokio::test]
async fn the_tag_is_of_the_content() {
    let one = LocalServer::with_flags(&definition("one"));
    let two = LocalServer::with_flags(&definition("two"));
    assert_ne!(get(&one, None).await.etag(), get(&two, None).await.etag());
    // The same flags, written otherwise.
    let spaced = serde_json::from_str::<serde_json::Value>(&definition("one")).unwrap();
    let spaced = LocalServer::with_flags(&format!("{spaced:#}\n"));
    assert_eq!(get(&one, None).await.etag(), get(&spaced, None).await.etag());
}

#[tokio::test]
async fn a_snapshot_needs_a_key() {
    let server = server();
    for request in [server.request("GET", SNAPSHOT), server.request("GET", SNAPSHOT).bearer_auth("nonsense")]
    {
        let answer = send(request).await;
        assert_eq!(answer.status, 401, "{answer:#?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.json()["status"], 401);
    }
}

#[tokio::test]
async fn health_and_readiness_need_no_key() {
    let server = server();
    let alive = send(server.request("GET", "/health")).await;
    assert_eq!((alive.status, &alive.json()["status"]), (200, &"ok".into()));
    let ready = send(server.request("GET", "/ready")).await;
    let expected = serde_json::json!({ "status": "ready", "dynamodb": "ok", "dax": "off" });
    assert_eq!((ready.status, ready.json()), (200, expected));
}

async fn get(server: &LocalServer, if_none_match: Option<&str>) -> Answer {
    let request = server.request("GET", SNAPSHOT).bearer_auth(&server.key);
    send(match if_none_match {
        Some(tags) => request.header("if-none-match", tags),
        None => request,
    })
    .await
}
