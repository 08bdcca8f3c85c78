//! `Server-Timing`, for whoever asks.

use super::{BULK, SNAPSHOT, server};
use crate::support::{Answer, send};

const SINGLE: &str = "/ofrep/v1/evaluate/flags/boolean";
const ASK: (&str, &str) = ("pennon-server-timing", "1");

#[tokio::test]
async fn whoever_asks_is_told_how_long_the_parts_took() {
    let server = server();
    let snapshot = || server.request("GET", SNAPSHOT).bearer_auth(&server.key);
    for (request, parts) in [
        (server.post(SINGLE), &["head", "snapshot", "evaluate", "total"][..]),
        (server.post(BULK), &["head", "snapshot", "evaluate", "total"]),
        (snapshot(), &["head", "snapshot", "total"]),
        (server.request("GET", "/health"), &["total"]),
    ] {
        let answer = send(request.header(ASK.0, ASK.1)).await;
        assert_eq!(answer.status, 200, "{answer:#?}");
        let timing = timing(&answer).unwrap();
        assert_eq!(timing.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), parts, "{answer:#?}");
        let (total, rest) = timing.split_last().unwrap();
        assert!(
            total.1 > 0.0 && rest.iter().map(|(_, took)| took).sum::<f64>() <= total.1 + 0.01,
            "{timing:?}"
        );
    }
    let tag = server.evaluate_all("").await.etag().to_owned();
    let unchanged = send(server.post(BULK).header("if-none-match", tag).header(ASK.0, ASK.1)).await;
    assert_eq!(unchanged.status, 304);
    let names: Vec<_> = timing(&unchanged).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["head", "snapshot", "total"]);
}

#[tokio::test]
async fn nobody_else_is_and_nobody_who_is_refused() {
    let server = server();
    for (status, request) in [
        (200, server.post(SINGLE)),
        (200, server.post(SINGLE).header(ASK.0, "0")),
        (401, server.anonymous_post(SINGLE).header(ASK.0, ASK.1)),
        (401, server.anonymous_post(BULK).header(ASK.0, ASK.1).bearer_auth("pnn_shop.none_a_b")),
        (404, server.post("/ofrep/v1/evaluate/flags/no-such-flag").header(ASK.0, ASK.1)),
        (400, server.post(BULK).header(ASK.0, ASK.1).body("{")),
    ] {
        let answer = send(request).await;
        assert_eq!((answer.status, timing(&answer)), (status, None), "{answer:#?}");
    }
}

/// The parts and how long they took, in milliseconds.
fn timing(answer: &Answer) -> Option<Vec<(String, f64)>> {
    let parts = answer.header("server-timing")?.split(", ");
    let part = |part: &str| {
        let (name, took) = part.split_once(";dur=").unwrap();
        (name.to_owned(), took.parse().unwrap())
    };
    Some(parts.map(part).collect())
}
