//! `@openfeature/ofrep-web-provider` in headless Chromium, on a page of another origin: what the browser lets a page do and
//! see is part of these tests, above all `ETag`, `Retry-After` and the status of errors.

use serde_json::json;

use super::{
    assert_report, limited_server, node,
    node::{web_evaluations, web_wait},
    report, resolved, server,
};

/// The package holds a Chromium for Linux on x86-64 only.
const HAS_CHROMIUM: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

#[test]
fn a_page_of_another_origin_gets_every_answer_right() {
    if skipped() {
        return;
    }
    assert_report(&report(&node(), "browser.mjs", &server(), "evaluate"), &web_evaluations());
}

#[test]
fn a_page_that_is_opened_again_revalidates_what_it_kept() {
    if skipped() {
        return;
    }
    assert_report(
        &report(&node(), "browser.mjs", &server(), "cold-start"),
        &json!({ "cached": resolved(true, "on", "CACHED"), "asksWithTheKeptETag": true, "status": 304 }),
    );
}

#[test]
fn a_page_of_another_origin_waits_as_long_as_it_is_told() {
    if skipped() {
        return;
    }
    assert_report(&report(&node(), "browser.mjs", &limited_server(), "rate-limit"), &web_wait());
}

fn skipped() -> bool {
    if !HAS_CHROMIUM {
        println!("skipped: @sparticuz/chromium has no Chromium for this machine");
    }
    !HAS_CHROMIUM
}
