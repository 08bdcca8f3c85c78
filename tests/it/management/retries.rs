//! Requests that are sent again.

use serde_json::json;

use super::client::{Admin, SHOP, switch};

#[tokio::test]
async fn a_retry_gets_the_first_answer() {
    let admin = Admin::with_shop().await;
    let (path, key) = (format!("{SHOP}/flags/a"), [("idempotency-key", "first")]);
    let first = admin.expect(201, "PUT", &path, &key, &switch("ENABLED")).await;
    admin.expect(200, "PATCH", &path, &[("if-match", "*")], r#"{"state":"DISABLED"}"#).await;
    let retry = admin.expect(201, "PUT", &path, &key, &switch("ENABLED")).await;
    assert_eq!((retry.text.as_str(), retry.etag()), (first.text.as_str(), first.etag()));
    assert_eq!(retry.header("pennon-version"), first.header("pennon-version"));
    assert_eq!(admin.get(&path).await.json()["state"], "DISABLED");
    let reused = admin.expect(422, "PUT", &path, &key, &switch("DISABLED")).await;
    assert!(reused.json().get("errors").is_none());
    // Another path is another request.
    admin.expect(201, "PUT", &format!("{SHOP}/flags/b"), &key, &switch("ENABLED")).await;
}

#[tokio::test]
async fn the_secret_of_a_key_survives_a_lost_answer() {
    let admin = Admin::with_shop().await;
    let (path, key) = (format!("{SHOP}/keys"), [("idempotency-key", "0c7b0a2e-6a0f-4f0e-8f6e-1f1d5c0b9a77")]);
    let first = admin.expect(201, "POST", &path, &key, r#"{"scope":"server"}"#).await;
    let retry = admin.expect(201, "POST", &path, &key, r#"{"scope":"server"}"#).await;
    assert_eq!(first.text, retry.text);
    assert_eq!(admin.get(&path).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_promotion_is_answered_again_when_its_source_is_gone() {
    let admin = Admin::with_shop().await;
    let staging = "/v1/projects/shop/environments/staging";
    admin.expect(201, "PUT", staging, &[], "{}").await;
    admin.expect(201, "PUT", &format!("{staging}/flags/a"), &[], &switch("ENABLED")).await;
    let (path, key) = (format!("{SHOP}/promote"), [("idempotency-key", "promote"), ("if-match", "*")]);
    let first = admin.expect(200, "POST", &path, &key, r#"{"from":"staging"}"#).await;
    admin.expect(204, "DELETE", &format!("{staging}?force=true"), &[("if-match", "*")], "").await;
    let retry = admin.expect(200, "POST", &path, &key, r#"{"from":"staging"}"#).await;
    assert_eq!((retry.text.as_str(), retry.etag()), (first.text.as_str(), first.etag()));
    admin.expect(422, "POST", &path, &[("if-match", "*")], r#"{"from":"staging"}"#).await;
}

#[tokio::test]
async fn deletions_and_projects_can_be_retried_too() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    let delete = [("idempotency-key", "delete"), ("if-match", "*")];
    let path = format!("{SHOP}/flags/a");
    let first = admin.expect(204, "DELETE", &path, &delete, "").await;
    let retry = admin.expect(204, "DELETE", &path, &delete, "").await;
    assert_eq!(first.header("pennon-version"), retry.header("pennon-version"));
    let make = [("idempotency-key", "make"), ("if-none-match", "*")];
    let first = admin.expect(201, "PUT", "/v1/projects/blog", &make, "{}").await;
    let retry = admin.expect(201, "PUT", "/v1/projects/blog", &make, "{}").await;
    assert_eq!(first.text, retry.text);
    let force = [("idempotency-key", "force"), ("if-match", "*")];
    for _ in 0..2 {
        admin.expect(204, "DELETE", "/v1/projects/shop?force=true", &force, "").await;
    }
}

#[tokio::test]
async fn an_answer_without_a_change_is_kept_as_well() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    let (path, key) = (format!("{SHOP}/flags/a"), [("idempotency-key", "same"), ("if-match", "*")]);
    let first = admin.expect(200, "PATCH", &path, &key, "{}").await;
    assert_eq!(first.json()["changed"], json!(false));
    admin.expect(204, "DELETE", &path, &[("if-match", "*")], "").await;
    let retry = admin.expect(200, "PATCH", &path, &key, "{}").await;
    assert_eq!(retry.text, first.text);
    admin.expect(400, "PATCH", &path, &[("idempotency-key", ""), ("if-match", "*")], "{}").await;
}
