//! Who changed what, and going back.

use serde_json::{Value, json};

use super::client::{Admin, SHOP, column, switch};

fn versions(list: &Value) -> Vec<u64> {
    list["items"].as_array().unwrap().iter().filter_map(|item| item["version"].as_u64()).collect()
}

#[tokio::test]
async fn the_audit_says_who_did_what() {
    let admin = Admin::with_shop().await;
    let flag = format!("{SHOP}/flags/checkout");
    admin.make_flag("checkout").await;
    admin.expect(200, "PATCH", &flag, &[("if-match", "*")], r#"{"state":"DISABLED"}"#).await;
    admin.expect(204, "DELETE", &flag, &[("if-match", "*")], "").await;
    let audit = admin.get("/v1/projects/shop/audit").await.json();
    let actions = ["flag.deleted", "flag.put", "flag.put", "environment.created", "project.created"];
    assert_eq!(column(&audit, "action"), actions);
    assert_eq!(versions(&audit), [4, 3, 2, 1]);
    let patched = &audit["items"][1];
    assert_eq!(patched["changes"][0]["before"]["state"], "ENABLED");
    assert_eq!(patched["changes"][0]["after"]["state"], "DISABLED");
    for member in ["id", "at", "actor", "requestId"] {
        assert!(patched[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {patched}");
    }
    let first = admin.get("/v1/projects/shop/audit?limit=2").await.json();
    let cursor = first["next"].as_str().unwrap();
    let second = admin.get(&format!("/v1/projects/shop/audit?limit=2&cursor={cursor}")).await.json();
    assert_eq!(column(&second, "action"), ["flag.put", "environment.created"]);
    let only = admin.get("/v1/projects/shop/audit?environment=production").await.json();
    assert_eq!(only["items"].as_array().unwrap().len(), 4);
    admin.expect(404, "GET", "/v1/projects/none/audit", &[], "").await;
}

#[tokio::test]
async fn the_history_of_a_flag_holds_changes_of_many_too() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    admin.make_flag("b").await;
    let file = format!(r#"{{"flags":{{"a":{},"c":{}}}}}"#, switch("DISABLED"), switch("ENABLED"));
    admin.expect(200, "POST", &format!("{SHOP}/import"), &[("if-match", "*")], &file).await;
    admin.expect(200, "PATCH", &format!("{SHOP}/flags/a"), &[("if-match", "*")], r#"{"tags":["x"]}"#).await;
    let of = async |flag: &str| versions(&admin.get(&format!("{SHOP}/history/{flag}")).await.json());
    assert_eq!(of("a").await, [5, 4, 2]);
    assert_eq!(of("b").await, [4, 3]);
    assert_eq!(of("c").await, [4]);
    assert_eq!(of("none").await, [] as [u64; 0]);
    let first = admin.get(&format!("{SHOP}/history/a?limit=1")).await.json();
    let cursor = first["next"].as_str().unwrap();
    let rest = admin.get(&format!("{SHOP}/history/a?limit=2&cursor={cursor}")).await.json();
    assert_eq!(versions(&rest), [4, 2]);
}

#[tokio::test]
async fn a_flag_goes_back_and_the_others_stay() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    let then = admin.get(&format!("{SHOP}/flags/a")).await;
    admin
        .expect(200, "PATCH", &format!("{SHOP}/flags/a"), &[("if-match", "*")], r#"{"state":"DISABLED"}"#)
        .await;
    admin.make_flag("b").await;
    let path = format!("{SHOP}/rollback/a");
    admin.expect(428, "POST", &path, &[], r#"{"version":2}"#).await;
    let back = admin.expect(200, "POST", &path, &[("if-match", "*")], r#"{"version":2}"#).await;
    assert_eq!((back.header("pennon-version"), back.etag()), (Some("5"), then.etag()));
    assert_eq!(admin.get(&format!("{SHOP}/flags/a")).await.text, then.text);
    admin.get(&format!("{SHOP}/flags/b")).await;
    // Before it was made, it was not there.
    admin.expect(200, "POST", &path, &[("if-match", "*")], r#"{"version":1}"#).await;
    admin.expect(404, "GET", &format!("{SHOP}/flags/a"), &[], "").await;
    let restored = admin.expect(200, "POST", &path, &[], r#"{"version":4}"#).await;
    assert_eq!(restored.json()["changes"][0]["after"]["state"], "DISABLED");
    let audit = admin.get(&format!("{SHOP}/history/a")).await.json();
    assert_eq!(audit["items"][0]["action"], "flag.rolled-back");
    for version in ["0", "99", "-1", "\"2\""] {
        admin.expect(422, "POST", &path, &[("if-match", "*")], &format!(r#"{{"version":{version}}}"#)).await;
    }
}

#[tokio::test]
async fn a_flag_goes_back_further_than_environments_do() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    let other = format!("{SHOP}/flags/b");
    admin.make_flag("b").await;
    admin
        .expect(200, "PATCH", &format!("{SHOP}/flags/a"), &[("if-match", "*")], r#"{"state":"DISABLED"}"#)
        .await;
    for round in 0..24 {
        let patch = format!(r#"{{"description":"{round}"}}"#);
        admin.expect(200, "PATCH", &other, &[("if-match", "*")], &patch).await;
    }
    let too_far = admin
        .expect(422, "POST", &format!("{SHOP}/rollback"), &[("if-match", "*")], r#"{"version":3}"#)
        .await;
    assert_eq!(too_far.json()["errors"][0]["pointer"], "/version");
    admin.expect(200, "POST", &format!("{SHOP}/rollback/a"), &[("if-match", "*")], r#"{"version":3}"#).await;
    assert_eq!(admin.get(&format!("{SHOP}/flags/a")).await.json()["state"], "ENABLED");
}

#[tokio::test]
async fn an_environment_goes_back_whole_but_for_its_keys() {
    let admin = Admin::with_shop().await;
    admin.make_flag("a").await;
    let then = admin.get(&format!("{SHOP}/export")).await;
    admin.expect(201, "PUT", &format!("{SHOP}/segments/s"), &[], "true").await;
    admin.expect(204, "DELETE", &format!("{SHOP}/flags/a"), &[("if-match", "*")], "").await;
    admin.expect(201, "POST", &format!("{SHOP}/keys"), &[], r#"{"scope":"server"}"#).await;
    let path = format!("{SHOP}/rollback");
    admin.expect(428, "POST", &path, &[], r#"{"version":2}"#).await;
    let back = admin.expect(200, "POST", &path, &[("if-match", "*")], r#"{"version":2}"#).await.json();
    assert_eq!((&back["version"], back["changes"].as_array().unwrap().len()), (&json!(6), 2));
    let now = admin.get(&format!("{SHOP}/export")).await;
    assert_eq!((now.text.as_str(), now.etag()), (then.text.as_str(), then.etag()));
    assert_eq!(admin.get(&format!("{SHOP}/keys")).await.json()["items"].as_array().unwrap().len(), 1);
    let again = admin.expect(200, "POST", &path, &[("if-match", "*")], r#"{"version":2}"#).await.json();
    assert_eq!((&again["changed"], &again["version"]), (&json!(false), &json!(6)));
}
