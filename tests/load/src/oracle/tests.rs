//! Each rule of the oracle, kept and broken.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::*;

const CONTENT: usize = 20;
const SENT: Duration = Duration::from_secs(100);
const DONE: Duration = Duration::from_millis(100_010);
const USER: User = User(7);

/// An environment that is at version 6 since second 99.
fn oracle(max_stale: Option<Duration>) -> Oracle {
    let oracle = Oracle::new(Content::new(CONTENT), vec!["e0".to_owned()], max_stale);
    let mut ledger = oracle.ledger(0).unwrap();
    for (version, second) in [(4, 50), (5, 90), (6, 99)] {
        ledger.acknowledge(version, Duration::from_secs(second));
    }
    drop(ledger);
    oracle
}

fn answer(status: u16, version: u64, tag: &str, body: impl Into<Bytes>) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("pennon-version", HeaderValue::from(version));
    headers.insert("etag", HeaderValue::from_str(tag).unwrap());
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
}

fn is_stale(mut answer: Answer) -> Answer {
    answer.headers.insert("pennon-stale", HeaderValue::from_static("true"));
    answer
}

/// A flag as Pennon evaluates it, where splits give everybody `on`.
fn evaluation(flag: usize, version: u64) -> Value {
    let content = Content::new(CONTENT);
    let expected = Content::expected(flag, USER);
    let variant = match expected.variant {
        crate::content::Variant::Is(variant) => variant,
        crate::content::Variant::Sticky => "on",
        crate::content::Variant::None => {
            return json!({ "key": Content::key(flag), "reason": "DISABLED", "metadata": {} });
        }
    };
    let value = content.value("e0", flag, version, variant);
    json!({ "key": Content::key(flag), "value": value, "variant": variant, "reason": expected.reason, "metadata": {} })
}

fn bulk(version: u64) -> Value {
    let flags: Vec<_> = (0..CONTENT).map(|flag| evaluation(flag, version)).collect();
    json!({ "flags": flags, "metadata": {} })
}

fn poll(known: Option<(&str, u64)>) -> Asked {
    let known = known.map(|(tag, version)| Known { tag: tag.to_owned(), version, stale: false });
    Asked::Poll { environment: 0, user: USER, known }
}

fn judge(asked: &Asked, answer: &Answer) -> std::result::Result<Outcome, Violation> {
    oracle(None).judge(asked, SENT, DONE, answer)
}

#[test]
fn a_right_poll_is_remembered() {
    let outcome = judge(&poll(None), &answer(200, 6, "\"a\"", bulk(6).to_string())).unwrap();
    let known = Known { tag: "\"a\"".to_owned(), version: 6, stale: false };
    assert_eq!(outcome, Outcome::Answered { known, unchanged: false });
}

#[test]
fn the_value_of_another_flag_version_or_variant_is_wrong() {
    let asked = |flag| Asked::Evaluate { environment: 0, user: USER, flag };
    let right = |flag, body: &Value| judge(&asked(flag), &answer(200, 5, "\"a\"", body.to_string()));
    for flag in 0..CONTENT {
        assert!(right(flag, &evaluation(flag, 5)).is_ok(), "{flag}");
        let mut other = evaluation(flag, 5);
        other["value"] = json!(Content::new(CONTENT).value("e0", (flag + 1) % CONTENT, 5, "off"));
        assert!(matches!(right(flag, &other), Err(Violation::Value(_))), "{flag}");
    }
    // Version 5 is an import, which changed all flags.
    assert!(matches!(right(0, &evaluation(0, 4)), Err(Violation::Value(_))));
}

#[test]
fn a_split_gives_a_user_the_same_variant_in_every_version() {
    let (oracle, flag) = (oracle(None), 8);
    let asked = Asked::Evaluate { environment: 0, user: USER, flag };
    let judge = |body: &Value, version| {
        oracle.judge(&asked, SENT, DONE, &answer(200, version, "\"a\"", body.to_string()))
    };
    assert!(judge(&evaluation(flag, 5), 5).is_ok());
    let mut other = evaluation(flag, 6);
    other["variant"] = json!("off");
    other["value"] = json!(Content::new(CONTENT).value("e0", flag, 6, "off"));
    assert!(matches!(judge(&other, 6), Err(Violation::Value(_))));
}

#[test]
fn a_bulk_answer_is_all_of_one_version() {
    let mut torn = bulk(6);
    torn["flags"][3] = evaluation(3, 4);
    assert!(matches!(
        judge(&poll(None), &answer(200, 6, "\"a\"", torn.to_string())),
        Err(Violation::Value(_))
    ));
    let mut short = bulk(6);
    short["flags"].as_array_mut().unwrap().pop();
    assert!(matches!(
        judge(&poll(None), &answer(200, 6, "\"a\"", short.to_string())),
        Err(Violation::Value(_))
    ));
}

#[test]
fn not_modified_is_for_whoever_has_that_version() {
    assert!(judge(&poll(Some(("\"a\"", 6))), &answer(304, 6, "\"a\"", "")).is_ok());
    for (known, version) in [(Some(("\"a\"", 5)), 6), (Some(("\"a\"", 6)), 5), (None, 6)] {
        let judged = judge(&poll(known), &answer(304, version, "\"a\"", ""));
        assert!(matches!(judged, Err(Violation::Tag(_))), "{known:?} {judged:?}");
    }
}

#[test]
fn what_is_known_is_not_sent_again_and_one_answer_has_one_tag() {
    let full = |tag| answer(200, 6, tag, bulk(6).to_string());
    assert!(matches!(judge(&poll(Some(("\"a\"", 6))), &full("\"a\"")), Err(Violation::Tag(_))));
    let oracle = oracle(None);
    assert!(oracle.judge(&poll(None), SENT, DONE, &full("\"a\"")).is_ok());
    assert!(oracle.judge(&poll(None), SENT, DONE, &full("\"a\"")).is_ok());
    assert!(matches!(oracle.judge(&poll(None), SENT, DONE, &full("\"b\"")), Err(Violation::Tag(_))));
}

#[test]
fn stale_answers_are_right_only_where_something_may_be_wrong_and_only_so_long() {
    let stale = |version| {
        bulk(version).to_string().replace("\"metadata\":{}", "\"metadata\":{\"pennon.stale\":true}")
    };
    let old = is_stale(answer(200, 4, "\"s\"", stale(4)));
    assert!(matches!(judge(&poll(None), &old), Err(Violation::Stale)));
    let within =
        |max_stale| oracle(Some(Duration::from_secs(max_stale))).judge(&poll(None), SENT, DONE, &old);
    assert!(within(20).is_ok());
    // Version 5 has been known for ten seconds.
    assert!(matches!(within(9), Err(Violation::Version(Anachronism::TooOld { seen: 4, known: 5, .. }))));
    let fresh = answer(200, 4, "\"f\"", bulk(4).to_string());
    let judged = oracle(Some(Duration::from_secs(20))).judge(&poll(None), SENT, DONE, &fresh);
    assert!(matches!(judged, Err(Violation::Version(_))));
}

#[test]
fn body_and_header_say_the_same_of_staleness() {
    let oracle = oracle(Some(Duration::from_secs(20)));
    let judge = |asked: &Asked, answer: Answer| oracle.judge(asked, SENT, DONE, &answer);
    let half = is_stale(answer(200, 6, "\"a\"", bulk(6).to_string()));
    assert!(matches!(judge(&poll(None), half), Err(Violation::Malformed(_))));
    let asked = Asked::Evaluate { environment: 0, user: USER, flag: 1 };
    let half = is_stale(answer(200, 6, "", evaluation(1, 6).to_string()));
    assert!(matches!(judge(&asked, half), Err(Violation::Malformed(_))));
    let unchanged = is_stale(answer(304, 6, "\"a\"", ""));
    assert!(matches!(judge(&poll(Some(("\"a\"", 6))), unchanged), Err(Violation::Tag(_))));
}

#[test]
fn a_snapshot_that_is_out_of_date_says_so_and_has_the_bytes_of_its_version() {
    let oracle = oracle(Some(Duration::from_secs(20)));
    let asked = |known| Asked::Snapshot { environment: 0, known };
    let judge = |asked: Asked, answer: &Answer| oracle.judge(&asked, SENT, DONE, answer);
    let old = answer(200, 4, "\"a\"", Content::new(CONTENT).definition("e0", 4).to_string());
    assert!(matches!(judge(asked(None), &old), Err(Violation::Version(_))));
    let known = Known { tag: "\"a\"".to_owned(), version: 4, stale: true };
    let outcome = Outcome::Answered { known: known.clone(), unchanged: false };
    assert_eq!(judge(asked(None), &is_stale(old)).unwrap(), outcome);
    let of_fresh = Known { stale: false, ..known.clone() };
    let unchanged = judge(asked(Some(of_fresh)), &is_stale(answer(304, 4, "\"a\"", ""))).unwrap();
    assert_eq!(unchanged, Outcome::Answered { known, unchanged: true });
}

#[test]
fn the_snapshot_is_the_definition_of_its_version() {
    let asked = Asked::Snapshot { environment: 0, known: None };
    let definition = |version| Content::new(CONTENT).definition("e0", version).to_string();
    assert!(judge(&asked, &answer(200, 6, "\"a\"", definition(6))).is_ok());
    assert!(matches!(judge(&asked, &answer(200, 6, "\"a\"", definition(5))), Err(Violation::Value(_))));
}

#[test]
fn whoever_manages_sees_what_was_just_acknowledged() {
    let asked = Asked::Manage { environment: 0, flag: 1 };
    let flag = |version| Content::new(CONTENT).definition_of("e0", 1, version).to_string();
    assert!(judge(&asked, &answer(200, 6, "\"a\"", flag(6))).is_ok());
    assert!(matches!(judge(&asked, &answer(200, 5, "\"a\"", flag(5))), Err(Violation::Version(_))));
}

#[test]
fn what_is_unknown_is_refused_as_ofrep_says() {
    let refusal = |code| json!({ "errorCode": code, "errorDetails": "no", "metadata": {} }).to_string();
    let (flag, key) = (Asked::UnknownFlag { environment: 0, user: USER }, Asked::UnknownKey { user: USER });
    let refused = |asked, status, code| judge(asked, &answer(status, 6, "\"a\"", refusal(code)));
    assert!(matches!(refused(&flag, 404, "FLAG_NOT_FOUND"), Ok(Outcome::Refused)));
    assert!(matches!(refused(&key, 401, "GENERAL"), Ok(Outcome::Refused)));
    for judged in
        [refused(&flag, 200, "FLAG_NOT_FOUND"), refused(&flag, 404, "GENERAL"), refused(&key, 404, "GENERAL")]
    {
        assert!(matches!(judged, Err(Violation::Malformed(_))), "{judged:?}");
    }
}

#[test]
fn a_failure_has_a_form_and_says_nothing() {
    let failed = |status, text: &str, retry_after: Option<&str>| {
        let body = json!({ "errorCode": "GENERAL", "errorDetails": text, "metadata": {} }).to_string();
        let mut failed = answer(status, 6, "\"a\"", body);
        if let Some(seconds) = retry_after {
            failed.headers.insert("retry-after", HeaderValue::from_str(seconds).unwrap());
        }
        judge(&poll(None), &failed)
    };
    let unavailable = "temporarily unavailable; request local-7";
    let expected = Failure { status: StatusCode::SERVICE_UNAVAILABLE, retry_after: Some(1) };
    assert_eq!(failed(503, unavailable, Some("1")).unwrap(), Outcome::Failed(expected));
    assert!(failed(500, "internal error; request 0b-1", None).is_ok());
    for malformed in [
        failed(503, unavailable, None),
        failed(503, unavailable, Some("0")),
        failed(503, unavailable, Some("0.5")),
        failed(500, "panicked at store.rs", None),
        failed(500, "internal error; request 1: no route to 10.0.0.1", None),
        failed(429, "", Some("1")),
    ] {
        assert!(matches!(malformed, Err(Violation::Malformed(_))), "{malformed:?}");
    }
}
