//! SDK keys: made once, shown once, and gone in seconds.

use std::time::{Duration, Instant};

use pennon_domain::{Clock, SystemClock};
use serde_json::{Value, json};

use super::client::{Admin, SHOP, column};
use crate::support::{Answer, send};

/// What the README promises: `HEAD_TTL` with its jitter. The reads on top of it are allowed for.
const PROPAGATION: Duration = Duration::from_millis(2_500);
const READS: Duration = Duration::from_millis(500);

async fn evaluate(admin: &Admin, key: &str, flag: &str) -> Answer {
    let request = admin.server.anonymous_post(&format!("/ofrep/v1/evaluate/flags/{flag}"));
    send(request.bearer_auth(key).body("{}")).await
}

async fn make_key(admin: &Admin, body: &Value) -> (String, Value) {
    let made = admin.expect(201, "POST", &format!("{SHOP}/keys"), &[], &body.to_string()).await.json();
    (made["key"].as_str().unwrap().to_owned(), made)
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_its_environment() {
    let admin = Admin::with_shop().await;
    admin.make_flag("checkout").await;
    let (key, made) = make_key(&admin, &json!({ "scope": "server", "name": "backend" })).await;
    assert!(key.starts_with("pnn_shop.production_"), "{key}");
    assert_eq!(evaluate(&admin, &key, "checkout").await.json()["value"], true);
    let list = admin.get(&format!("{SHOP}/keys")).await;
    assert!(!list.text.contains(&key), "{}", list.text);
    assert_eq!(column(&list.json(), "kid"), [made["kid"].as_str().unwrap()]);
    assert_eq!(list.json()["items"][0]["createdBy"], made["createdBy"]);
    for body in [
        "{}",
        r#"{"scope":"root"}"#,
        r#"{"scope":"server","expiresAt":"soon"}"#,
        r#"{"scope":"server","expiresAt":"2020-01-01T00:00:00Z"}"#,
    ] {
        admin.expect(422, "POST", &format!("{SHOP}/keys"), &[], body).await;
    }
}

#[tokio::test]
async fn a_client_key_sees_only_what_is_marked_for_it() {
    let admin = Admin::with_shop().await;
    admin.make_flag("hidden").await;
    let visible = r#"{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","clientVisible":true}"#;
    admin.expect(201, "PUT", &format!("{SHOP}/flags/visible"), &[], visible).await;
    let (client, _) = make_key(&admin, &json!({ "scope": "client" })).await;
    let (server, _) = make_key(&admin, &json!({ "scope": "server" })).await;
    assert_eq!(evaluate(&admin, &client, "visible").await.json()["value"], true);
    let (hidden, unknown) =
        (evaluate(&admin, &client, "hidden").await, evaluate(&admin, &client, "unknown").await);
    assert_eq!((hidden.status, hidden.text), (404, unknown.text.replace("unknown", "hidden")));
    let bulk =
        |key: &str| send(admin.server.anonymous_post("/ofrep/v1/evaluate/flags").bearer_auth(key).body("{}"));
    let (few, all) = (bulk(&client).await, bulk(&server).await);
    assert_eq!(few.json()["flags"].as_array().unwrap().len(), 1);
    assert_eq!(all.json()["flags"].as_array().unwrap().len(), 2);
    assert_ne!(few.etag(), all.etag());
    let snapshot = |key: &str| send(admin.server.request("GET", "/v1/snapshot").bearer_auth(key));
    assert_eq!((snapshot(&client).await.status, snapshot(&server).await.status), (403, 200));
}

#[tokio::test]
async fn an_expired_key_opens_nothing() {
    let admin = Admin::with_shop().await;
    admin.make_flag("checkout").await;
    let end = SystemClock.now().plus(Duration::from_millis(1_500)).to_rfc3339();
    let (key, made) = make_key(&admin, &json!({ "scope": "server", "expiresAt": end })).await;
    assert_eq!(made["expiresAt"], end);
    assert_eq!(evaluate(&admin, &key, "checkout").await.status, 200);
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    assert_eq!(evaluate(&admin, &key, "checkout").await.status, 401);
}

/// Two servers over one database: the one that revokes knows it at once, the other has to find out.
#[tokio::test]
async fn other_processes_honour_changes_and_revocations_in_time() {
    let admin = Admin::with_shop().await;
    let flag = admin.make_flag("checkout").await;
    let (key, made) = make_key(&admin, &json!({ "scope": "server" })).await;
    let elsewhere = super::client::elsewhere(&admin);
    assert_eq!(elsewhere.evaluate(&key, "checkout").await, (200, Some(json!(true))));

    let off = r#"{"defaultVariant":"off"}"#;
    admin.expect(200, "PATCH", &format!("{SHOP}/flags/checkout"), &[("if-match", flag.etag())], off).await;
    let begun = Instant::now();
    while elsewhere.evaluate(&key, "checkout").await != (200, Some(json!(false))) {
        assert!(begun.elapsed() < PROPAGATION + READS, "the change was not seen in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("a change was seen after {:?}", begun.elapsed());

    let path = format!("{SHOP}/keys/{}", made["kid"].as_str().unwrap());
    admin.expect(428, "DELETE", &path, &[], "").await;
    admin.expect(204, "DELETE", &path, &[("if-match", "*")], "").await;
    let begun = Instant::now();
    while elsewhere.evaluate(&key, "checkout").await.0 != 401 {
        assert!(begun.elapsed() < PROPAGATION + READS, "the revocation was not honoured in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("a revocation was honoured after {:?}", begun.elapsed());
    assert_eq!(evaluate(&admin, &key, "checkout").await.status, 401);
    admin.expect(404, "DELETE", &path, &[("if-match", "*")], "").await;
}
