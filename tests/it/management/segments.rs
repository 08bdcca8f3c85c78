//! Segments: rules that flags share.

use serde_json::json;

use super::client::{Admin, SHOP, column};

const RULE: &str = r#"{"ends_with":[{"var":"email"},"@example.com"]}"#;

fn refers_to(segment: &str) -> String {
    json!({
        "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
        "targeting": { "if": [{ "$ref": segment }, "on"] }
    })
    .to_string()
}

#[tokio::test]
async fn a_segment_in_use_stays() {
    let admin = Admin::with_shop().await;
    let (staff, flag) = (format!("{SHOP}/segments/staff"), format!("{SHOP}/flags/a"));
    let missing = admin.expect(422, "PUT", &flag, &[], &refers_to("staff")).await;
    assert_eq!(missing.json()["errors"][0]["pointer"], "/targeting/if/0");
    let made = admin.expect(201, "PUT", &staff, &[], RULE).await;
    assert_eq!(admin.get(&staff).await.text, RULE);
    admin.expect(201, "PUT", &flag, &[], &refers_to("staff")).await;
    let refused = admin.expect(409, "DELETE", &staff, &[("if-match", made.etag())], "").await;
    assert!(refused.json()["detail"].as_str().unwrap().contains('a'), "{}", refused.text);
    admin.expect(204, "DELETE", &flag, &[("if-match", "*")], "").await;
    admin.expect(204, "DELETE", &staff, &[("if-match", made.etag())], "").await;
}

#[tokio::test]
async fn segments_may_use_segments_but_not_themselves() {
    let admin = Admin::with_shop().await;
    let segment = |name: &str| format!("{SHOP}/segments/{name}");
    admin.expect(201, "PUT", &segment("a"), &[], RULE).await;
    admin.expect(201, "PUT", &segment("b"), &[], r#"{"!":[{"$ref":"a"}]}"#).await;
    admin.expect(422, "PUT", &segment("a"), &[("if-match", "*")], r#"{"or":[{"$ref":"b"},true]}"#).await;
    admin.expect(422, "PUT", &segment("c"), &[], r#"{"$ref":"c"}"#).await;
    admin.expect(422, "PUT", &segment("c"), &[], r#"{"no_such":[1]}"#).await;
    admin.expect(409, "DELETE", &segment("a"), &[("if-match", "*")], "").await;
    let list = admin.get(&format!("{SHOP}/segments?limit=1")).await.json();
    assert_eq!((column(&list, "key"), list["next"].is_string()), (vec!["a".to_owned()], true));
    assert_eq!(list["items"][0]["definition"].to_string(), RULE);
}

#[tokio::test]
async fn a_patched_segment_decides_at_once() {
    let admin = Admin::with_shop().await;
    let staff = format!("{SHOP}/segments/staff");
    admin.expect(201, "PUT", &staff, &[], r#"{"in":[{"var":"team"},["a"]]}"#).await;
    admin.expect(428, "PATCH", &staff, &[], r#"{"in":[{"var":"team"},["a","b"]]}"#).await;
    admin.expect(200, "PATCH", &staff, &[("if-match", "*")], r#"{"in":[{"var":"team"},["a","b"]]}"#).await;
    admin.expect(404, "PATCH", &format!("{SHOP}/segments/none"), &[("if-match", "*")], "{}").await;
    assert_eq!(admin.get(&staff).await.text, r#"{"in":[{"var":"team"},["a","b"]]}"#);
}
