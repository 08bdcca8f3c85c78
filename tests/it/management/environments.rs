//! Projects and environments: made, listed, changed, and deleted only when that is meant.

use serde_json::json;

use super::client::{Admin, SHOP, column};

#[tokio::test]
async fn a_project_is_made_changed_and_deleted() {
    let admin = Admin::new();
    let path = "/v1/projects/blog";
    let made = admin.expect(201, "PUT", path, &[("if-none-match", "*")], r#"{"name":"The blog"}"#).await;
    assert_eq!((&made.json()["name"], &made.json()["description"]), (&json!("The blog"), &json!("")));
    assert_eq!(admin.get(path).await.etag(), made.etag());
    admin.expect(412, "PUT", path, &[("if-none-match", "*")], "{}").await;
    admin.expect(428, "PUT", path, &[], "{}").await;
    let changed =
        admin.expect(200, "PUT", path, &[("if-match", made.etag())], r#"{"description":"d"}"#).await;
    assert_eq!((&changed.json()["name"], &changed.json()["description"]), (&json!("blog"), &json!("d")));
    assert_eq!(changed.json()["createdAt"], made.json()["createdAt"]);
    admin.expect(412, "DELETE", path, &[("if-match", made.etag())], "").await;
    admin.expect(204, "DELETE", path, &[("if-match", changed.etag())], "").await;
    admin.expect(404, "GET", path, &[], "").await;
    admin.expect(201, "PUT", path, &[], "{}").await;
}

#[tokio::test]
async fn what_is_no_project_is_refused() {
    let admin = Admin::new();
    for (body, pointer) in [
        (json!({ "name": "n".repeat(101) }), "/name"),
        (json!({ "description": "d".repeat(1001) }), "/description"),
        (json!({ "name": "\u{7}" }), "/name"),
    ] {
        let answer = admin.expect(422, "PUT", "/v1/projects/blog", &[], &body.to_string()).await;
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    admin.expect(422, "PUT", "/v1/projects/blog", &[], r#"{"colour":"x"}"#).await;
    admin.expect(400, "PUT", "/v1/projects/blog", &[], "{").await;
    admin.expect(400, "PUT", "/v1/projects/the_blog", &[], "{}").await;
    admin.expect(415, "PUT", "/v1/projects/blog", &[("content-type", "text/plain")], "{}").await;
}

#[tokio::test]
async fn lists_go_page_by_page() {
    let admin = Admin::new();
    for key in ["c", "a", "b"] {
        admin.expect(201, "PUT", &format!("/v1/projects/{key}"), &[], "{}").await;
    }
    for key in ["c", "a", "b"] {
        admin.expect(201, "PUT", &format!("/v1/projects/a/environments/{key}"), &[], "{}").await;
    }
    let first = admin.get("/v1/projects?limit=2").await.json();
    assert_eq!(column(&first, "key"), ["a", "b"]);
    let cursor = first["next"].as_str().unwrap();
    let second = admin.get(&format!("/v1/projects?limit=2&cursor={cursor}")).await.json();
    assert_eq!((column(&second, "key"), second.get("next")), (vec!["c".to_owned(), "demo".to_owned()], None));
    let environments = admin.get("/v1/projects/a/environments").await.json();
    assert_eq!(column(&environments, "id"), ["a.a", "a.b", "a.c"]);
    admin.expect(404, "GET", "/v1/projects/none/environments", &[], "").await;
}

#[tokio::test]
async fn an_environment_keeps_its_bucketing() {
    let admin = Admin::new();
    admin.expect(201, "PUT", "/v1/projects/shop", &[], "{}").await;
    admin.expect(404, "PUT", "/v1/projects/none/environments/a", &[], "{}").await;
    let made = admin.expect(201, "PUT", SHOP, &[], r#"{"bucketing":"v2"}"#).await;
    assert_eq!(made.json()["bucketing"], "v2");
    let refused = admin.expect(422, "PUT", SHOP, &[("if-match", "*")], r#"{"bucketing":"v3"}"#).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/bucketing");
    let renamed = admin.expect(200, "PUT", SHOP, &[("if-match", "*")], r#"{"name":"Live"}"#).await;
    assert_eq!((&renamed.json()["name"], &renamed.json()["bucketing"]), (&json!("Live"), &json!("v2")));
    assert_eq!(admin.get(SHOP).await.etag(), renamed.etag());
    admin.expect(422, "PUT", "/v1/projects/shop/environments/b", &[], r#"{"bucketing":"v9"}"#).await;
}

#[tokio::test]
async fn what_is_not_empty_is_deleted_by_force_alone() {
    let admin = Admin::with_shop().await;
    admin.make_flag("checkout").await;
    let any = [("if-match", "*")];
    admin.expect(409, "DELETE", "/v1/projects/shop", &any, "").await;
    admin.expect(409, "DELETE", SHOP, &any, "").await;
    admin.expect(409, "DELETE", &format!("{SHOP}?force=false"), &any, "").await;
    admin.expect(400, "DELETE", &format!("{SHOP}?force=yes"), &any, "").await;
    admin.expect(204, "DELETE", &format!("{SHOP}?force=true"), &any, "").await;
    admin.expect(404, "GET", &format!("{SHOP}/flags"), &[], "").await;
    admin.expect(404, "GET", SHOP, &[], "").await;
    // Made again, it is empty, and its versions go on.
    admin.expect(201, "PUT", SHOP, &[], "{}").await;
    assert_eq!(admin.get(&format!("{SHOP}/flags")).await.json()["items"], json!([]));
    let flag = admin.make_flag("checkout").await;
    assert_eq!(flag.header("pennon-version"), Some("5"));
    admin.expect(204, "DELETE", "/v1/projects/shop?force=true", &any, "").await;
    admin.expect(404, "GET", "/v1/projects/shop", &[], "").await;
    admin.expect(404, "GET", SHOP, &[], "").await;
}
