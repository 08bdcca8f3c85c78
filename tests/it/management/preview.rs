//! Drafts are evaluated, and explained, without being saved.

use serde_json::json;

use super::client::{Admin, DEMO};

const PATH: &str = "/v1/projects/demo/environments/local/evaluate-preview";

#[tokio::test]
async fn a_draft_is_evaluated_and_explained() {
    let admin = Admin::new();
    let draft = json!({
        "flag": {
            "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
            "targeting": { "if": [{ "==": [{ "var": "plan" }, "pro"] }, "on", { "$ref": "is-employee" }, "on"] }
        },
        "context": { "targetingKey": "u", "email": "ada@example.com" }
    });
    let before = admin.get(&format!("{DEMO}/export")).await.text;
    let preview = admin.expect(200, "POST", PATH, &[], &draft.to_string()).await;
    let explanation = &preview.json()["explanation"];
    assert_eq!((&explanation["variant"], &explanation["value"]), (&json!("on"), &json!(true)));
    assert_eq!(explanation["reason"], "TARGETING_MATCH");
    for place in ["/targeting/if/0", "/targeting/if/2", "is-employee"] {
        assert!(preview.text.contains(place), "{place} in {}", preview.text);
    }
    assert_eq!(admin.get(&format!("{DEMO}/export")).await.text, before);
}

#[tokio::test]
async fn a_flag_is_explained_as_it_is_and_with_other_segments() {
    let admin = Admin::new();
    let ask = async |body: serde_json::Value| {
        admin.expect(200, "POST", PATH, &[], &body.to_string()).await.json()["explanation"].clone()
    };
    let context = json!({ "targetingKey": "u", "email": "ada@example.com", "language": "de" });
    let checkout = ask(json!({ "key": "new-checkout", "context": context })).await;
    assert_eq!(checkout["variant"], "on");
    let closed = json!({ "key": "banner-text", "context": context });
    assert_eq!(ask(closed).await["variant"], "german");
    let nobody = json!({ "key": "new-checkout", "context": {"targetingKey": "u"}, "segments": { "is-employee": true } });
    assert_eq!(ask(nobody).await["variant"], "on");
    let fractional = ask(json!({ "key": "new-checkout", "context": { "targetingKey": "u" } })).await;
    assert!(fractional.to_string().contains("fractional"), "{fractional}");
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_refused() {
    let admin = Admin::new();
    for (status, body) in [
        (404, r#"{"key":"none"}"#),
        (422, "{}"),
        (422, r#"{"flag":{"state":"ENABLED"}}"#),
        (400, r#"{"key":"new-checkout","context":[]}"#),
        (400, "{"),
        (422, r#"{"key":"new-checkout","segments":{"is-employee":{"no_such":1}}}"#),
    ] {
        admin.expect(status, "POST", PATH, &[], body).await;
    }
    let both = r#"{"flag":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"b"},"segments":{"s":{"no_such":1}}}"#;
    let problem = admin.expect(422, "POST", PATH, &[], both).await.json();
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/flag/defaultVariant", "/segments/s"]);
}
