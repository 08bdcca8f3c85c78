//! Tests of what is read from a request.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use pennon_domain::{Page, Precondition, Principal, Timestamp};

use super::*;
use crate::{Body, Request, Response};

fn request(query: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).unwrap();
    let headers = headers.iter().map(|(key, value)| (name(key), HeaderValue::from_str(value).unwrap()));
    Request {
        method: Method::PUT,
        path: "/v1/projects/shop".into(),
        query: query.into(),
        headers: headers.collect::<HeaderMap>(),
        body: body.to_owned().into(),
        id: "req-1".into(),
        received: Timestamp::from_millis(1),
        authorizer: Principal::new("ada", ["admin"]).to_context(),
    }
}

fn status<T: std::fmt::Debug>(outcome: Result<T, crate::Problem>) -> u16 {
    outcome.unwrap_err().kind.status().as_u16()
}

fn text(response: Response) -> String {
    String::from_utf8(Body::collect(response.into_body()).unwrap().to_vec()).unwrap()
}

#[test]
fn a_condition_is_read_from_either_header() {
    let condition = |headers: &[(&str, &str)]| precondition(&request("", headers, "")).unwrap();
    assert_eq!(condition(&[]), Precondition::None);
    assert_eq!(condition(&[("if-none-match", "*")]), Precondition::Absent);
    assert_eq!(condition(&[("if-match", "*")]), Precondition::Present);
    let tags = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(condition(&[("if-match", "\"a\", \"b\"")]), Precondition::Match(tags));
    for headers in [
        &[("if-none-match", "\"a\"")][..],
        &[("if-match", "*"), ("if-none-match", "*")],
        &[("if-match", "\"a\""), ("if-none-match", "*")],
    ] {
        assert_eq!(status(precondition(&request("", headers, ""))), 400, "{headers:?}");
    }
}

#[test]
fn a_weak_tag_matches_nothing() {
    let condition = precondition(&request("", &[("if-match", "W/\"a\"")], "")).unwrap();
    assert!(condition.check(Some("a")).is_err());
}

#[test]
fn a_page_is_bounded_and_its_cursor_comes_back() {
    let first = page(&request("", &[], ""), 1000).unwrap();
    assert_eq!(first, PageRequest { limit: 100, after: None });
    let listing = listed(
        &request("", &[], ""),
        Page { items: vec!["1".to_owned(), "{}".to_owned()], next: Some("a/b é".to_owned()) },
    );
    let listing = text(listing);
    let cursor = listing.strip_prefix(r#"{"items":[1,{}],"next":""#).unwrap().strip_suffix("\"}").unwrap();
    let next = page(&request(&format!("limit=7&cursor={cursor}"), &[], ""), 1000).unwrap();
    assert_eq!(next, PageRequest { limit: 7, after: Some("a/b é".to_owned()) });
    for query in ["limit=0", "limit=1001", "limit=x", "cursor=%20", "cursor=_w"] {
        assert_eq!(status(page(&request(query, &[], ""), 1000)), 400, "{query}");
    }
}

#[test]
fn a_retry_is_the_same_subject_path_and_key() {
    let call_of = |key: &str, body: &str| {
        call(&request("", &[("idempotency-key", key)], body)).unwrap().idempotency.unwrap()
    };
    let (one, same, other) = (call_of("k", "{}"), call_of("k", "{}"), call_of("l", "{}"));
    assert_eq!((one.id, one.content), (same.id, same.content));
    assert_ne!(one.id, other.id);
    assert_ne!(one.content, call_of("k", "[]").content);
    for invalid in ["", "a b", "\u{e9}"] {
        assert_eq!(status(call(&request("", &[("idempotency-key", invalid)], ""))), 400, "{invalid:?}");
    }
    assert_eq!(
        status(call(&Request { authorizer: std::collections::BTreeMap::new(), ..request("", &[], "") })),
        401
    );
}

#[test]
fn a_body_has_to_be_json() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        #[serde(default)]
        name: String,
    }
    let read = |headers: &[(&str, &str)], body: &str| json_body::<Named>(&request("", headers, body));
    assert_eq!(read(&[], "").unwrap().name, "");
    assert_eq!(
        read(&[("content-type", "application/merge-patch+json; charset=utf-8")], r#"{"name":"a"}"#)
            .unwrap()
            .name,
        "a"
    );
    assert_eq!(status(read(&[("content-type", "text/plain")], "{}")), 415);
    assert_eq!(status(read(&[], "{")), 400);
    for unfit in [r#"{"colour":1}"#, r#"["a"]"#, "[]", "null", r#""a""#] {
        assert_eq!(status(read(&[], unfit)), 422, "{unfit}");
    }
    assert_eq!(status(text_body(&request("", &[], "12345"), 4)), 413);
}
