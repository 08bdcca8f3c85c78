//! Every event in `events/` is answered by the release binaries as `events/expected.json` says.

use std::{collections::BTreeMap, fs};

use lambda_harness::Function;
use pennon_local::LocalBus;
use pennon_test_support::events::{Expected, expectations, is_success};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::{Demo, Issuer, answer};

/// The demo environment, the functions over it that were needed so far, and what else they talk to.
struct Stage {
    demo: Demo,
    functions: BTreeMap<String, Function>,
    issuer: String,
    bus: String,
}

impl Stage {
    async fn answer(&mut self, case: &str) -> Value {
        let (name, _) = case.split_once('/').unwrap();
        let function = self.functions.entry(name.to_owned()).or_insert_with(|| {
            let builder = self.demo.function(name);
            builder
                .variable("OIDC_ISSUER", &self.issuer)
                .variable("OIDC_AUDIENCE", "pennon")
                .variable("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.bus)
                .variable("EVENTBRIDGE_ATTEMPT_TIMEOUT_MS", "5000")
                .variable("EVENTBRIDGE_OPERATION_TIMEOUT_MS", "15000")
                .build()
        });
        answer(function, case).await
    }

    /// Another environment. Functions that know nothing of it stay.
    async fn renew(&mut self) {
        self.demo = Demo::new().await;
        self.functions.clear();
    }
}

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let issuer = Issuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join("events.jsonl");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bus = LocalBus::start(listener, &published).unwrap();
    let mut stage = Stage {
        demo: Demo::new().await,
        functions: BTreeMap::new(),
        issuer: issuer.url.clone(),
        bus: bus.url(),
    };
    let (mut wrong, mut answered) = (Vec::new(), 0);
    for (case, expected) in expectations().unwrap() {
        for earlier in &expected.after {
            let answer = stage.answer(earlier).await;
            assert!(is_success(&answer), "{earlier}, before {case}: {answer}");
        }
        fs::write(&published, "").unwrap();
        let answer = stage.answer(&case).await;
        let differences = expected.differences(&answer).into_iter().chain(untold(&expected, &published));
        wrong.extend(differences.map(|difference| format!("{case}: {difference}")));
        answered += 1;
        // What one event changes is none of another's business.
        if is_success(&answer) && changes(&case) || !expected.after.is_empty() {
            stage.renew().await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(answered > 150);
}

/// What the bus was not told, or told too much.
fn untold(expected: &Expected, published: &std::path::Path) -> Option<String> {
    let lines = fs::read_to_string(published).unwrap();
    let told: Vec<_> = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    let told: Vec<_> = told.iter().map(|event| event["detail"]["id"].as_str().unwrap_or_default()).collect();
    (told != expected.published).then(|| format!("the bus was told of {told:?}"))
}

/// Whether a function writes when it succeeds.
fn changes(case: &str) -> bool {
    let reads = ["authorize", "evaluate", "export", "get", "health", "list", "publish", "ready"];
    !reads.contains(&case.split(['-', '/']).next().unwrap())
}
