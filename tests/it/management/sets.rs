//! Whole flag sets: exported, imported and promoted, each as one change.

use serde_json::{Value, json};

use super::client::{Admin, DEMO, SHOP, column, switch};

fn changes(answer: &Value) -> Vec<(String, String)> {
    let changes = answer["changes"].as_array().expect("changes");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes.iter().map(|change| (text(&change["kind"]), text(&change["key"]))).collect()
}

#[tokio::test]
async fn an_export_imports_to_the_same() {
    let admin = Admin::with_shop().await;
    let exported = admin.get(&format!("{DEMO}/export")).await;
    assert!(exported.text.contains("10.0"), "{}", exported.text);
    let import = format!("{SHOP}/import");
    admin.expect(428, "POST", &import, &[], &exported.text).await;
    let rehearsed =
        admin.expect(200, "POST", &format!("{import}?dryRun=true"), &[], &exported.text).await.json();
    assert_eq!((&rehearsed["dryRun"], &rehearsed["changed"]), (&json!(true), &json!(true)));
    assert_eq!(admin.get(&format!("{SHOP}/flags")).await.json()["items"], json!([]));
    let empty = admin.get(&format!("{SHOP}/export")).await;
    let imported =
        admin.expect(200, "POST", &import, &[("if-match", empty.etag())], &exported.text).await.json();
    assert_eq!(changes(&imported), changes(&rehearsed));
    assert_eq!(imported["version"], 2);
    let copy = admin.get(&format!("{SHOP}/export")).await;
    assert_eq!((copy.text.as_str(), copy.etag()), (exported.text.as_str(), exported.etag()));
    admin.expect(304, "GET", &format!("{SHOP}/export"), &[("if-none-match", copy.etag())], "").await;
    admin.expect(412, "POST", &import, &[("if-match", empty.etag())], &exported.text).await;
    let again = admin.expect(200, "POST", &import, &[("if-match", "*")], &exported.text).await.json();
    assert_eq!((&again["changed"], &again["version"]), (&json!(false), &json!(2)));
}

#[tokio::test]
async fn an_import_replaces_or_joins() {
    let admin = Admin::with_shop().await;
    admin.make_flag("old").await;
    let file = format!(r#"{{"flags":{{"new":{}}}}}"#, switch("ENABLED"));
    let merged =
        admin.expect(200, "POST", &format!("{SHOP}/import?mode=merge"), &[("if-match", "*")], &file).await;
    assert_eq!(changes(&merged.json()), [("flag".to_owned(), "new".to_owned())]);
    assert_eq!(column(&admin.get(&format!("{SHOP}/flags")).await.json(), "key"), ["new", "old"]);
    let replaced =
        admin.expect(200, "POST", &format!("{SHOP}/import"), &[("if-match", "*")], &file).await.json();
    let change = &replaced["changes"][0];
    assert_eq!((&change["key"], change.get("after")), (&json!("old"), None));
    assert_eq!(change["before"]["state"], "ENABLED");
    admin.expect(400, "POST", &format!("{SHOP}/import?mode=mix"), &[("if-match", "*")], &file).await;
}

#[tokio::test]
async fn a_faulty_file_changes_nothing_and_says_where() {
    let admin = Admin::with_shop().await;
    let file = r#"{"flags":{"a":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"off"},
        "b":{"state":"ENABLED","variants":{"on":true},"targeting":{"$ref":"none"}}}}"#;
    let answer = admin.expect(422, "POST", &format!("{SHOP}/import?dryRun=true"), &[], file).await.json();
    let pointers: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/flags/a/defaultVariant", "/flags/b/targeting"]);
    admin.expect(422, "POST", &format!("{SHOP}/import"), &[("if-match", "*")], "{}").await;
    assert_eq!(admin.get(&format!("{SHOP}/flags")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn flags_are_promoted_with_their_segments() {
    let admin = Admin::with_shop().await;
    admin.expect(201, "PUT", "/v1/projects/demo/environments/live", &[], "{}").await;
    let live = "/v1/projects/demo/environments/live";
    let promote = format!("{live}/promote");
    let one = r#"{"from":"local","flags":["new-checkout"],"dryRun":true}"#;
    let rehearsed = admin.expect(200, "POST", &promote, &[], one).await.json();
    let expected =
        [("flag".to_owned(), "new-checkout".to_owned()), ("segment".to_owned(), "is-employee".to_owned())];
    assert_eq!(changes(&rehearsed), expected);
    let one = r#"{"from":"local","flags":["new-checkout"]}"#;
    admin.expect(428, "POST", &promote, &[], one).await;
    admin.expect(200, "POST", &promote, &[("if-match", "*")], one).await;
    assert_eq!(column(&admin.get(&format!("{live}/flags")).await.json(), "key"), ["new-checkout"]);
    admin.expect(201, "PUT", &format!("{live}/flags/only-here"), &[], &switch("ENABLED")).await;
    admin.expect(200, "POST", &promote, &[("if-match", "*")], r#"{"from":"local"}"#).await;
    assert_eq!(admin.get(&format!("{live}/flags")).await.json()["items"].as_array().unwrap().len(), 7);
    admin.expect(200, "POST", &promote, &[("if-match", "*")], r#"{"from":"local","prune":true}"#).await;
    let (from, to) = (admin.get(&format!("{DEMO}/flags")).await, admin.get(&format!("{live}/flags")).await);
    assert_eq!(from.json()["items"], to.json()["items"]);
    for body in [r#"{"from":"none"}"#, r#"{"from":"local","flags":["none"]}"#, "{}", r#"{"from":"Local"}"#] {
        admin.expect(422, "POST", &promote, &[("if-match", "*")], body).await;
    }
}
