//! Requests from pages of other origins. `clients::browser` has a browser judge the same.

use super::{BULK, SNAPSHOT, server};
use crate::support::{Answer, EVERY_KIND, Start, send};

const SINGLE: &str = "/ofrep/v1/evaluate/flags/boolean";

#[tokio::test]
async fn a_preflight_allows_what_the_providers_send() {
    let server = server();
    for (path, method) in [(BULK, "POST"), (SINGLE, "POST"), (SNAPSHOT, "GET")] {
        let request = server
            .request("OPTIONS", path)
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type,if-none-match");
        let answer = send(request).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:#?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:#?}");
        assert!(
            list(&answer, "access-control-allow-methods").contains(&method.to_lowercase()),
            "{answer:#?}"
        );
        let allowed = list(&answer, "access-control-allow-headers");
        for header in ["authorization", "content-type", "if-none-match", "x-api-key"] {
            assert!(allowed.iter().any(|name| name == header), "{header} in {answer:#?}");
        }
        assert_eq!(answer.header("access-control-max-age"), Some("86400"), "{answer:#?}");
    }
}

/// Errors too: a page that may not read a 401 or a `Retry-After` takes them for a network that is down.
#[tokio::test]
async fn a_page_may_read_every_answer() {
    let server =
        Start::new().flags(EVERY_KIND).throttled("EvaluationRateLimit=1 EvaluationBurstLimit=8").serve();
    let tag = server.evaluate_all("").await.etag().to_owned();
    let too_large = vec![b' '; 70 * 1024];
    for (status, request) in [
        (200, server.post(BULK)),
        (200, server.post(SINGLE)),
        (304, server.post(BULK).header("if-none-match", tag)),
        (400, server.post(BULK).body("{")),
        (401, server.anonymous_post(BULK)),
        (404, server.post("/ofrep/v1/evaluate/flags/no-such-flag")),
        (404, server.post("/nowhere")),
        (405, server.request("PUT", BULK)),
        (413, server.post(BULK).body(too_large)),
        (200, server.request("GET", SNAPSHOT).bearer_auth(&server.key)),
        (401, server.request("GET", SNAPSHOT)),
    ] {
        assert_readable(&send(request).await, status);
    }
    for _ in 0..20 {
        let answer = send(server.post(SINGLE)).await;
        if answer.status == 429 {
            return assert_readable(&answer, 429);
        }
    }
    panic!("the server does not limit");
}

#[track_caller]
fn assert_readable(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:#?}");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{answer:#?}");
    let exposed = list(answer, "access-control-expose-headers");
    for header in ["etag", "retry-after"] {
        assert!(exposed.iter().any(|name| name == header), "{header} in {answer:#?}");
    }
}

fn list(answer: &Answer, header: &str) -> Vec<String> {
    let value = answer.header(header).unwrap_or_default().to_lowercase();
    value.split(',').map(|item| item.trim().to_owned()).collect()
}
