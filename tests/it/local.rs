//! `pennon-local` as a person meets it: what it prints, what it leaves behind, and how it refuses.

use std::{
    fs,
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{LocalServer, Start, definition, repository};

/// A change must be served within this time: the look at the file, and the age that memory may have.
const CHANGE_DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn the_printed_command_works_as_printed() {
    let server = Start::new().serve();
    let output = server.output();
    assert!(output.contains(&server.url) && output.contains(&server.key), "{output}");
    let command = output.lines().find_map(|line| line.trim().strip_prefix("try ")).unwrap();
    let answer = Command::new("sh").args(["-c", command]).output().unwrap();
    let answer: Value =
        serde_json::from_slice(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    assert!(answer["reason"].is_string() && answer["value"] != Value::Null, "{answer}");
}

#[tokio::test]
async fn the_example_in_the_readme_answers_what_it_says() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, example) = readme.split_once("-d '").unwrap();
    let (body, rest) = example.split_once("'\n").unwrap();
    let answer = rest.lines().next().unwrap();
    let server = Start::new().serve();
    assert!(readme.contains(&server.key));
    assert_eq!(server.evaluate("new-checkout", body).await.text, answer);
}

#[tokio::test]
async fn the_key_is_the_same_on_every_run() {
    let (first, second) = (Start::new().serve(), Start::new().serve());
    assert_eq!(first.key, second.key);
    assert_ne!(first.url, second.url);
    assert!(first.key.starts_with("pnn_"), "{}", first.key);
}

#[tokio::test]
async fn the_environment_variables_are_also_arguments() {
    let (_, usage) = Start::new().variable("PORT", "not-a-port").fail();
    assert!(usage.contains("--port"), "{usage}");
}

#[test]
fn a_malformed_flag_file_is_refused_in_one_line() {
    for malformed in ["", "{", "[]", r#"{"flags":[1]}"#, r#"{"flags":{"a":{"state":"ENABLED"}}}"#] {
        let start = Start::new().flags(malformed);
        assert_refused(start, "flags.json");
    }
}

#[test]
fn a_default_variant_that_does_not_exist_is_refused_by_name() {
    let json = r#"{"flags":{"greeting":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"off"}}}"#;
    let output = assert_refused(Start::new().flags(json), "flags.json");
    assert!(output.contains("greeting"), "{output}");
}

#[test]
fn a_missing_flag_file_is_refused_in_one_line() {
    assert_refused(Start::new().variable("FLAGS", "no/such/file.json"), "no/such/file.json");
}

#[test]
fn a_busy_port_is_refused_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    assert_refused(Start::new().variable("PORT", &port), &port);
}

/// Below a file, where nobody can make a directory, not even the superuser who runs CI.
#[test]
fn an_unwritable_data_directory_is_refused_in_one_line() {
    let start = Start::new();
    fs::write(start.directory().join("file"), "").unwrap();
    assert_refused(start.variable("DATA_DIR", "file/data"), "file/data");
}

#[test]
fn an_unwritable_working_directory_is_refused_in_one_line() {
    let start = Start::new();
    fs::write(start.directory().join(".pennon"), "a file in the place of the directory").unwrap();
    assert_refused(start, ".pennon");
}

#[tokio::test]
async fn a_change_of_the_file_is_published() {
    let server = LocalServer::with_flags(&definition("before"));
    assert_eq!(greeting(&server).await, "before");
    let etag = server.evaluate_all("").await.etag().to_owned();
    server.edit_flags(&definition("after"));
    wait_for_greeting(&server, "after").await;
    assert_ne!(server.evaluate_all("").await.etag(), etag);
}

#[tokio::test]
async fn a_malformed_change_keeps_the_old_flags_and_says_why() {
    let server = LocalServer::with_flags(&definition("before"));
    server.edit_flags(r#"{"flags":{"greeting":{"state":"SOMETIMES"}}}"#);
    let begun = Instant::now();
    while !server.output().contains("greeting") {
        assert!(begun.elapsed() < CHANGE_DEADLINE, "nothing was said:\n{}", server.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(greeting(&server).await, "before");

    server.edit_flags(&definition("mended"));
    wait_for_greeting(&server, "mended").await;
}

#[tokio::test]
async fn data_outlives_the_process_even_when_it_is_killed() {
    let mut server = Start::new().flags(&definition("one")).variable("DATA_DIR", "data").serve();
    server.edit_flags(&definition("two"));
    wait_for_greeting(&server, "two").await;
    assert_eq!(version(&server).await, "2");

    server.kill_and_restart();
    assert_eq!(greeting(&server).await, "two");
    assert_eq!(version(&server).await, "2", "an unchanged file is no new version");

    server.edit_flags(&definition("three"));
    server.kill_and_restart();
    assert_eq!(greeting(&server).await, "three");
    assert_eq!(version(&server).await, "3");
}

#[tokio::test]
async fn with_dax_snapshots_are_read_through_a_cluster_that_others_can_share() {
    let server = Start::new()
        .flags(&definition("cached"))
        .variable("DAX", "1")
        .variable("RUST_LOG", "pennon_store=debug")
        .serve();
    let connection: Value =
        serde_json::from_str(&fs::read_to_string(server.directory().join(".pennon/local.json")).unwrap())
            .unwrap();
    let url = connection["daxUrl"].as_str().unwrap();
    assert!(url.starts_with("dax://127.0.0.1:") && server.output().contains(url), "{}", server.output());
    // So long DAX is not asked for a version that is new.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(greeting(&server).await, "cached");
    assert!(server.output().contains("read through DAX"), "{}", server.output());
}

#[test]
fn without_dax_there_is_no_cluster() {
    for value in ["", "0", "false"] {
        let server = Start::new().variable("DAX", value).serve();
        let text = fs::read_to_string(server.directory().join(".pennon/local.json")).unwrap();
        let connection: Value = serde_json::from_str(&text).unwrap();
        assert!(connection["daxUrl"].is_null() && !server.output().contains("dax://"), "{}", server.output());
    }
}

#[tokio::test]
async fn without_a_data_directory_every_run_starts_anew() {
    let mut server = LocalServer::with_flags(&definition("one"));
    server.kill_and_restart();
    assert_eq!(version(&server).await, "1");
    assert!(!server.directory().join("data").exists());
}

#[tokio::test]
async fn it_stops_when_it_is_told_and_takes_its_file_along() {
    let mut server = Start::new().serve();
    assert!(server.stop().success(), "{}", server.output());
    assert!(!server.directory().join(".pennon/local.json").exists());
}

async fn greeting(server: &LocalServer) -> String {
    server.evaluate("greeting", "").await.json()["value"].as_str().unwrap().to_owned()
}

async fn version(server: &LocalServer) -> String {
    server.evaluate_all("").await.header("pennon-version").unwrap().to_owned()
}

async fn wait_for_greeting(server: &LocalServer, expected: &str) {
    let begun = Instant::now();
    while greeting(server).await != expected {
        assert!(begun.elapsed() < CHANGE_DEADLINE, "the change is not served:\n{}", server.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Exit status 2 and one line, which names what is wrong.
#[track_caller]
fn assert_refused(start: Start, names: &str) -> String {
    let (status, output) = start.fail();
    assert_eq!(status.code(), Some(2), "{output}");
    assert_eq!(output.trim_end().lines().count(), 1, "{output}");
    assert!(output.contains(names), "{output}");
    output
}
