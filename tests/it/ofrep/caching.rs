//! `ETag`, `If-None-Match` and `flagConfigEtag` of the bulk endpoint.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::{BULK, CONTEXTS, SNAPSHOT, server};
use crate::support::{Answer, LocalServer, definition, send};

#[tokio::test]
async fn the_tag_is_strong_and_the_same_on_every_process() {
    let (one, other) = (server(), server());
    for context in CONTEXTS {
        let (first, second) = (one.evaluate_all(context).await, other.evaluate_all(context).await);
        let tag = first.etag();
        assert!(tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        assert_eq!((tag, &first.text), (second.etag(), &second.text), "{context}");
    }
}

/// A tag of the configuration alone would be wrong: the web provider keeps its tag when only an attribute changes.
#[tokio::test]
async fn the_tag_changes_with_the_context() {
    let server = server();
    let mut by_tag = BTreeMap::<String, String>::new();
    for context in CONTEXTS {
        let answer = server.evaluate_all(context).await;
        let seen = by_tag.entry(answer.etag().to_owned()).or_insert_with(|| answer.text.clone());
        assert_eq!(*seen, answer.text, "{context}");
    }
    assert!(by_tag.len() > 3, "{by_tag:?}");

    let free = server.evaluate_all(r#"{"context":{"targetingKey":"a","plan":"free"}}"#).await;
    let pro = conditional(&server, r#"{"context":{"targetingKey":"a","plan":"pro"}}"#, free.etag()).await;
    assert_eq!(pro.status, 200);
    assert_ne!((pro.etag(), &pro.text), (free.etag(), &free.text));
}

#[tokio::test]
async fn the_tag_changes_with_the_flags() {
    let one = LocalServer::with_flags(&definition("one"));
    let two = LocalServer::with_flags(&definition("two"));
    let (one, tag) = (one.evaluate_all("").await, two.evaluate_all("").await.etag().to_owned());
    assert_ne!(one.etag(), tag);
    assert_eq!(conditional(&two, "", one.etag()).await.status, 200);
}

/// In a list, weakened by a proxy, without its quotes: whoever names the tag has what it stands for.
#[tokio::test]
async fn every_form_of_the_current_tag_is_a_304() {
    let server = server();
    for context in CONTEXTS {
        let tag = server.evaluate_all(context).await.etag().to_owned();
        let bare = tag.trim_matches('"');
        for form in [
            tag.clone(),
            format!("W/{tag}"),
            bare.to_owned(),
            format!("\"other\", {tag}"),
            format!("\"other\",W/{tag},\"another\""),
            "*".to_owned(),
        ] {
            let answer = conditional(&server, context, &form).await;
            assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{form}");
            assert_eq!(answer.etag(), tag, "{form}");
            assert!(answer.header("cache-control").is_some(), "{form}");
            assert_eq!(answer.header("pennon-version"), Some("1"), "{form}");
        }
    }
}

#[tokio::test]
async fn any_other_tag_is_a_200() {
    let server = server();
    let tag = server.evaluate_all("").await.etag().to_owned();
    let half = &tag[..tag.len() / 2];
    for form in ["\"other\"", "", "\"\"", half, &format!("{half}\""), "W/", ","] {
        let answer = conditional(&server, "", form).await;
        assert_eq!((answer.status, answer.etag()), (200, tag.as_str()), "{form}");
    }
}

/// Event streams tell clients the tag of a configuration. One that is not the current one forbids a 304; the current one
/// never causes one.
#[tokio::test]
async fn another_configuration_tag_forbids_a_304() {
    let server = server();
    let tag = server.evaluate_all("").await.etag().to_owned();
    let snapshot = send(server.request("GET", SNAPSHOT).bearer_auth(&server.key)).await;
    let config = snapshot.etag().trim_matches('"').to_owned();
    for (query, with_tag, status) in [
        (format!("flagConfigEtag={config}"), true, 304),
        (format!("flagConfigEtag=%22{config}%22"), true, 304),
        (format!("flagConfigEtag={config}"), false, 200),
        ("flagConfigEtag=another".to_owned(), true, 200),
        ("flagConfigEtag=another".to_owned(), false, 200),
        ("flagConfigEtag=".to_owned(), true, 304),
        ("flagConfigLastModified=1".to_owned(), true, 304),
        ("flagConfigLastModified=1".to_owned(), false, 200),
        ("flagConfigLastModified=99999999999".to_owned(), true, 200),
        (format!("flagConfigEtag={config}&flagConfigLastModified=1"), true, 304),
    ] {
        let request = server.post(&format!("{BULK}?{query}"));
        let request = if with_tag { request.header("if-none-match", &tag) } else { request };
        let answer = send(request).await;
        assert_eq!(answer.status, status, "{query} with the tag: {with_tag}");
        assert_eq!(answer.etag(), tag, "{query}");
        assert_eq!(answer.text.is_empty(), status == 304, "{query}");
    }
}

/// Where a rule reads the clock, nothing but the body says whether the answer is still the same. A rule has many ways to it.
#[tokio::test]
async fn where_a_rule_reads_the_clock_the_tag_follows_the_answer() {
    let clocks = [
        json!({ "var": "$flagd.timestamp" }),
        json!({ "var": ["$flagd.timestamp", 0] }),
        json!({ "var": { "cat": ["$flagd", ".timestamp"] } }),
        json!({ "var": { "var": "path" } }),
        json!({ "reduce": [[{ "var": "$flagd" }], { "var": "current.timestamp" }, 0] }),
        json!({ "reduce": [[{ "var": "" }], { "var": "current.$flagd.timestamp" }, 0] }),
        json!({ "if": [{ "$ref": "launched" }, { "var": "launch" }, 0] }),
    ];
    let servers: Vec<_> = clocks.iter().map(|clock| LocalServer::with_flags(&launching(clock))).collect();
    let launch = now().as_secs() + 3;
    let context = format!(r#"{{"context":{{"path":"$flagd.timestamp","launch":{launch}}}}}"#);
    let mut early = Vec::new();
    for (server, clock) in servers.iter().zip(&clocks) {
        let answer = server.evaluate_all(&context).await;
        assert!(answer.text.contains(r#""value":"early""#), "{clock}: {answer:#?}");
        assert_eq!(conditional(server, &context, answer.etag()).await.status, 304, "{clock}");
        early.push(answer.etag().to_owned());
    }

    tokio::time::sleep(Duration::from_secs(launch + 1).saturating_sub(now())).await;
    for ((server, clock), early) in servers.iter().zip(&clocks).zip(&early) {
        let late = conditional(server, &context, early).await;
        assert_eq!(late.status, 200, "{clock}");
        assert!(late.text.contains(r#""value":"late""#), "{clock}: {late:#?}");
        assert_ne!(late.etag(), early, "{clock}");
        assert_eq!(conditional(server, &context, late.etag()).await.status, 304, "{clock}");
    }
}

/// A flag that is `late` once the clock is at the attribute `launch`.
fn launching(clock: &Value) -> String {
    let launched = json!({ ">=": [{ "var": "$flagd.timestamp" }, { "var": "launch" }] });
    json!({
        "$evaluators": { "launched": launched },
        "flags": { "launch": {
            "state": "ENABLED",
            "variants": { "early": "early", "late": "late" },
            "defaultVariant": "early",
            "targeting": { "if": [{ ">=": [clock, { "var": "launch" }] }, "late", "early"] },
        } },
    })
    .to_string()
}

#[tokio::test]
async fn a_tag_is_of_one_environment_and_not_of_the_body_alone() {
    // The same answers from other rules: the definition is another, so that a copy of it must not be taken for current.
    let plain = LocalServer::with_flags(&definition("same"));
    let mut flags: Value = serde_json::from_str(&definition("same")).unwrap();
    flags["flags"]["greeting"]["variants"]["unused"] = "unused".into();
    let extended = LocalServer::with_flags(&flags.to_string());
    let (plain, extended) = (plain.evaluate_all("").await, extended.evaluate_all("").await);
    assert_eq!(plain.text, extended.text);
    assert_ne!(plain.etag(), extended.etag());
}

pub(super) async fn conditional(server: &LocalServer, context: &str, tags: &str) -> Answer {
    send(server.post(BULK).header("if-none-match", tags).body(context.to_owned())).await
}

#[expect(clippy::disallowed_methods, reason = "the server's rules read the same wall clock")]
fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}
