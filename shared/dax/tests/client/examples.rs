//! The examples run, and do what they say.

use std::path::PathBuf;
use std::process::Command;

use crate::lab::{Lab, TABLE};

/// What the example prints.
async fn run(example: &str, arguments: &[&str]) -> String {
    let mut path: PathBuf = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().into();
    path.extend(["examples", example]);
    assert!(path.exists(), "build the examples first: cargo build -p dax-client --examples");
    let mut command = Command::new(path);
    command.args(arguments);
    for (variable, value) in
        [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "secret")]
    {
        command.env(variable, value);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn get_item_shows_the_item() {
    let lab = Lab::start(1).await;
    let url = lab.cluster.url();
    assert!(run("get_item", &[&url, TABLE, "pk", "k7"]).await.contains("what k7 says"));
    assert_eq!(run("get_item", &[&url, TABLE, "pk", "none"]).await, "There is no such item.\n");
}

#[tokio::test]
async fn fallback_answers_whether_dax_does_or_not() {
    let lab = Lab::start(1).await;
    let url = lab.cluster.url();
    let arguments = [url.as_str(), &lab.dynamodb_url(), TABLE, "pk", "k7"];
    let printed = run("fallback", &arguments).await;
    assert_eq!(printed.matches("An item").count(), 5, "{printed}");
    assert!(
        printed.contains("from DAX"),
        "50 ms may be missed on a busy machine, but not each time: {printed}"
    );
    lab.cluster.node(0).stop();
    let printed = run("fallback", &arguments).await;
    assert_eq!(printed.matches("An item").count(), 5, "{printed}");
    assert_eq!(printed.matches("from DynamoDB").count(), 5, "{printed}");
    assert_eq!(printed.matches("the circuit breaker is open").count(), 2, "{printed}");
}

#[tokio::test]
async fn transaction_moves_or_says_why_not() {
    let lab = Lab::start(1).await;
    let url = lab.cluster.url();
    assert_eq!(run("transaction", &[&url, TABLE, "pk", "k5", "k1", "3"]).await, "Moved.\n");
    assert_eq!(lab.stored("k5").await.as_deref(), Some("2"));
    assert_eq!(lab.stored("k1").await.as_deref(), Some("4"));
    let printed = run("transaction", &[&url, TABLE, "pk", "k5", "k1", "3"]).await;
    assert!(printed.starts_with("Not moved: ") && printed.contains("ConditionalCheckFailed"), "{printed}");
}
