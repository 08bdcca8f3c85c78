//! Flags: made, read, listed, changed and deleted, and never by accident.

use serde_json::{Value, json};

use super::client::{Admin, DEMO, SHOP, column, switch};

const FLAG: &str = "/v1/projects/shop/environments/production/flags/checkout";

#[tokio::test]
async fn a_flag_is_what_was_put() {
    let admin = Admin::with_shop().await;
    let text = r#"{ "state": "ENABLED", "variants": { "slow": 10.0, "fast": 1e-1 }, "defaultVariant": "slow", "tags": ["ops"] }"#;
    let made = admin.expect(201, "PUT", FLAG, &[], text).await;
    let receipt = made.json();
    assert_eq!((&receipt["changed"], made.header("pennon-version")), (&json!(true), Some("2")));
    let read = admin.get(FLAG).await;
    assert_eq!(read.text, text.replace(' ', ""));
    assert_eq!(read.etag(), made.etag());
    admin.expect(304, "GET", FLAG, &[("if-none-match", made.etag())], "").await;
}

#[tokio::test]
async fn a_write_has_to_say_which_state_it_knows() {
    let admin = Admin::with_shop().await;
    let made = admin.make_flag("checkout").await;
    admin.expect(428, "PUT", FLAG, &[], &switch("DISABLED")).await;
    admin.expect(428, "PATCH", FLAG, &[], r#"{"state":"DISABLED"}"#).await;
    admin.expect(428, "DELETE", FLAG, &[], "").await;
    admin.expect(412, "PUT", FLAG, &[("if-none-match", "*")], &switch("DISABLED")).await;
    let changed = admin.expect(200, "PUT", FLAG, &[("if-match", made.etag())], &switch("DISABLED")).await;
    for method in ["PUT", "PATCH", "DELETE"] {
        admin.expect(412, method, FLAG, &[("if-match", made.etag())], &switch("ENABLED")).await;
    }
    admin.expect(204, "DELETE", FLAG, &[("if-match", changed.etag())], "").await;
    admin.expect(404, "GET", FLAG, &[], "").await;
    admin.expect(404, "DELETE", FLAG, &[("if-match", "*")], "").await;
    admin.expect(412, "PUT", FLAG, &[("if-match", "*")], &switch("ENABLED")).await;
}

#[tokio::test]
async fn the_kill_switch_is_one_call_that_may_be_repeated() {
    let admin = Admin::with_shop().await;
    admin.make_flag("checkout").await;
    let off = |admin: &Admin| {
        let request = admin.server.manage("PATCH", FLAG).header("if-match", "*");
        crate::support::send(request.body(r#"{"state":"DISABLED"}"#))
    };
    let (first, second) = (off(&admin).await, off(&admin).await);
    assert_eq!((first.status, &first.json()["changed"]), (200, &json!(true)));
    assert_eq!((second.status, &second.json()["changed"]), (200, &json!(false)));
    assert_eq!(first.header("pennon-version"), second.header("pennon-version"));
    assert_eq!(first.etag(), second.etag());
    assert_eq!(admin.get(FLAG).await.json()["state"], "DISABLED");
}

#[tokio::test]
async fn a_patch_with_null_takes_a_member_away() {
    let admin = Admin::with_shop().await;
    admin.make_flag("checkout").await;
    admin
        .expect(
            200,
            "PATCH",
            FLAG,
            &[("if-match", "*")],
            r#"{"description":"d","metadata":{"a":1,"b":2.50}}"#,
        )
        .await;
    admin
        .expect(200, "PATCH", FLAG, &[("if-match", "*")], r#"{"description":null,"metadata":{"a":null}}"#)
        .await;
    let flag = admin.get(FLAG).await;
    assert!(flag.text.contains(r#""metadata":{"b":2.50}"#), "{}", flag.text);
    assert!(flag.json().get("description").is_none(), "{}", flag.text);
    let faulty = admin.expect(422, "PATCH", FLAG, &[("if-match", "*")], r#"{"defaultVariant":"none"}"#).await;
    assert_eq!(faulty.json()["errors"][0]["pointer"], "/defaultVariant");
}

#[tokio::test]
async fn every_fault_is_told_with_its_place() {
    let admin = Admin::with_shop().await;
    let faulty = json!({
        "state": "MAYBE",
        "variants": { "on": true, "off": false },
        "defaultVariant": "none",
        "targeting": { "if": [
            { "no_such_operation": [1] }, "on",
            { "$ref": "nobody" }, "missing",
            { "fractional": [["on", 10.5], ["off", 20]] }
        ] }
    });
    let answer = admin.expect(422, "PUT", FLAG, &[], &faulty.to_string()).await;
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let errors = problem["errors"].as_array().unwrap();
    let pointers: Vec<&str> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    for place in ["/state", "/defaultVariant", "/targeting/if/0", "/targeting/if/2", "/targeting/if/3"] {
        assert!(pointers.iter().any(|pointer| pointer.starts_with(place)), "{place} in {pointers:?}");
    }
    assert!(pointers.iter().any(|pointer| pointer.starts_with("/targeting/if/4/fractional")), "{pointers:?}");
    admin.expect(404, "GET", FLAG, &[], "").await;
    for (body, status) in [("{", 400), ("[]", 422), ("", 400)] {
        admin.expect(status, "PUT", FLAG, &[], body).await;
    }
}

#[tokio::test]
async fn a_list_is_filtered_and_read_page_by_page() {
    let admin = Admin::with_shop().await;
    for index in 0..7 {
        admin.make_flag(&format!("a-{index}")).await;
    }
    let tagged = r#"{"state":"DISABLED","variants":{"on":true},"defaultVariant":"on","tags":["x","y"]}"#;
    admin.expect(201, "PUT", &format!("{SHOP}/flags/b"), &[], tagged).await;
    let flags = format!("{SHOP}/flags");
    let mut keys = Vec::new();
    let mut path = format!("{flags}?limit=3");
    loop {
        let page = admin.get(&path).await.json();
        keys.extend(column(&page, "key"));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{flags}?limit=3&cursor={next}");
    }
    assert_eq!(keys, ["a-0", "a-1", "a-2", "a-3", "a-4", "a-5", "a-6", "b"]);
    for (query, expected) in [
        ("?prefix=a-6", vec!["a-6"]),
        ("?tag=y", vec!["b"]),
        ("?tag=z", vec![]),
        ("?state=DISABLED", vec!["b"]),
        ("?state=ENABLED&prefix=b", vec![]),
    ] {
        assert_eq!(column(&admin.get(&format!("{flags}{query}")).await.json(), "key"), expected, "{query}");
    }
    for query in ["?state=on", "?limit=0", "?limit=1001", "?cursor=*"] {
        admin.expect(400, "GET", &format!("{flags}{query}"), &[], "").await;
    }
    let item = &admin.get(&format!("{flags}?prefix=b")).await.json()["items"][0];
    let flag = admin.get(&format!("{SHOP}/flags/b")).await;
    assert_eq!(format!("\"{}\"", item["etag"].as_str().unwrap()), flag.etag());
    assert_eq!(item["definition"], flag.json());
}

#[tokio::test]
async fn a_key_may_hold_a_slash() {
    let admin = Admin::with_shop().await;
    let made = admin.expect(201, "PUT", &format!("{SHOP}/flags/a%2Fb c"), &[], &switch("ENABLED")).await;
    let warnings = made.json();
    assert!(!warnings["warnings"].as_array().unwrap().is_empty(), "{warnings}");
    assert_eq!(admin.get(&format!("{SHOP}/flags/a/b%20c")).await.etag(), made.etag());
    let keys = column(&admin.get(&format!("{SHOP}/flags")).await.json(), "key");
    assert_eq!(keys, ["a/b c"]);
}

#[tokio::test]
async fn a_change_of_the_demo_is_evaluated() {
    let admin = Admin::new();
    let evaluate = || admin.server.evaluate("search-timeout-seconds", "{}");
    assert_eq!(evaluate().await.json()["value"], 0.5);
    let flag = format!("{DEMO}/flags/search-timeout-seconds");
    admin.expect(200, "PATCH", &flag, &[("if-match", "*")], r#"{"defaultVariant":"long"}"#).await;
    let answer = evaluate().await;
    assert!(answer.text.contains("\"value\":10.0"), "{}", answer.text);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let admin = Admin::with_shop().await;
    for path in
        ["/v1/projects/none/environments/production/flags/a", "/v1/projects/shop/environments/none/flags/a"]
    {
        admin.expect(404, "GET", path, &[], "").await;
        admin.expect(404, "PUT", path, &[], &switch("ENABLED")).await;
        admin.expect(404, "PATCH", path, &[("if-match", "*")], "{}").await;
        admin.expect(404, "DELETE", path, &[("if-match", "*")], "").await;
    }
    let problem: Value =
        admin.expect(400, "GET", "/v1/projects/Shop/environments/x/flags", &[], "").await.json();
    assert_eq!(problem["status"], 400);
    let too_long = "k".repeat(257);
    admin.expect(400, "PUT", &format!("{SHOP}/flags/{too_long}"), &[], &switch("ENABLED")).await;
}
