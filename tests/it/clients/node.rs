//! `@openfeature/ofrep-provider` and `@openfeature/ofrep-web-provider`, in Node.

use serde_json::{Value, json};

use super::{
    assert_report, code_default, failed, its_metadata, limited_server, node, report, resolved, server,
    the_object,
};

#[test]
fn the_javascript_server_provider_gets_every_answer_right() {
    let report = report(&node(), "server.mjs", &server(), "evaluate");
    assert_report(
        &report,
        &json!({
            "boolean": resolved(true, "on", "STATIC"),
            "string": resolved("hallo", "hello", "STATIC"),
            "integer": resolved(10, "ten", "STATIC"),
            "float": resolved(10, "ten", "STATIC"),
            "object": resolved(the_object(), "full", "STATIC"),
            "before a new attribute": resolved("basic", "basic", "DEFAULT"),
            "after a new attribute": resolved("full", "full", "TARGETING_MATCH"),
            "before a new targeting key": resolved("it is alice", "alice", "TARGETING_MATCH"),
            "after a new targeting key": resolved("somebody", "other", "DEFAULT"),
            "unknown flag": failed("default", "FLAG_NOT_FOUND"),
            "unknown flag with a slash": failed("default", "FLAG_NOT_FOUND"),
            "type mismatch": failed("default", "TYPE_MISMATCH"),
            "failing flag": failed(false, "GENERAL"),
            // Version 0.1.3 predates answers without a value (OFREP 0.2.0) and calls them unexpected. The caller gets the
            // code default all the same.
            "disabled": failed(true, "GENERAL"),
            "code default": failed(true, "GENERAL"),
            "key with a space": resolved(true, "on", "STATIC"),
            "key beyond ASCII": resolved("XL", "xl", "STATIC"),
            "key with punctuation": resolved(true, "on", "STATIC"),
            "X-API-Key": resolved(true, "on", "STATIC"),
            "base URL with a slash": resolved(true, "on", "STATIC"),
            "wrong key": failed(false, "GENERAL"),
            "metadata": its_metadata(),
        }),
    );
}

#[test]
fn the_javascript_server_provider_waits_as_long_as_it_is_told() {
    let report = report(&node(), "server.mjs", &limited_server(), "rate-limit");
    assert_report(&report, &waited());
}

#[test]
fn the_javascript_web_provider_gets_every_answer_right() {
    assert_report(&report(&node(), "web.mjs", &server(), "evaluate"), &web_evaluations());
}

#[test]
fn the_javascript_web_provider_waits_as_long_as_it_is_told() {
    assert_report(&report(&node(), "web.mjs", &limited_server(), "rate-limit"), &web_wait());
}

/// What `web-scenarios.mjs` reports of `evaluate`.
pub(super) fn web_evaluations() -> Value {
    json!({
        "boolean": resolved(true, "on", "STATIC"),
        "string": resolved("hallo", "hello", "STATIC"),
        "integer": resolved(10, "ten", "STATIC"),
        "float": resolved(10, "ten", "STATIC"),
        "object": resolved(the_object(), "full", "STATIC"),
        "plan": resolved("basic", "basic", "DEFAULT"),
        "person": resolved("it is alice", "alice", "TARGETING_MATCH"),
        "unknown flag": failed("default", "FLAG_NOT_FOUND"),
        "failing flag": failed(false, "GENERAL"),
        "disabled": code_default(true, "DISABLED"),
        "code default": code_default(true, "DEFAULT"),
        "key with a space": resolved(true, "on", "STATIC"),
        "key beyond ASCII": resolved("XL", "xl", "STATIC"),
        "metadata": its_metadata(),
        "poll": {
            "firstStatus": 200,
            "secondStatus": 304,
            "asksWithTheFirstETag": true,
            "repeatsTheETag": true,
            "keepsTheValues": true,
        },
        // The provider keeps its ETag when only an attribute changes, so a server whose ETag does not cover the context
        // would answer 304 here and leave the caller with the values of the old context.
        "new attribute": {
            "before": resolved("basic", "basic", "DEFAULT"),
            "after": resolved("full", "full", "TARGETING_MATCH"),
            "requests": 1,
            "status": 200,
            "asksWithTheOldETag": true,
            "givesANewETag": true,
        },
        "new targeting key": {
            "before": resolved("it is alice", "alice", "TARGETING_MATCH"),
            "after": resolved("somebody", "other", "DEFAULT"),
            "requests": 1,
            "status": 200,
            "asksWithTheOldETag": false,
            "givesANewETag": true,
        },
        "base URL with a slash": resolved(true, "on", "STATIC"),
        "wrong key": { "failed": "PROVIDER_FATAL", "status": 401 },
    })
}

/// What `web-scenarios.mjs` reports of `rate-limit`.
pub(super) fn web_wait() -> Value {
    json!({
        "limited": { "status": 429, "retryAfter": "1", "keeps": resolved(true, "on", "STATIC") },
        "waits": true,
        "afterwards": 304,
    })
}

/// What `server.mjs` and `provider.py` report of `rate-limit`.
pub(super) fn waited() -> Value {
    json!({
        "first": resolved(true, "on", "STATIC"),
        "limited": {
            "value": false, "variant": null, "reason": "ERROR", "errorCode": "GENERAL",
            "status": 429, "retryAfter": "1",
        },
        "paused": {
            "value": false, "variant": null, "reason": "ERROR", "errorCode": "GENERAL",
            "sent": 0,
        },
        "afterwards": resolved(true, "on", "STATIC"),
    })
}
