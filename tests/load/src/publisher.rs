//! Who changes flags: one version after the other, each exactly once, whatever becomes of the requests.

use std::{sync::Arc, time::Duration};

use http::{Method, header};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Call, Connection},
    content::{Change, Content},
    oracle::{Kind, check_failure},
    pace::Pace,
    record::Result,
    run::{PATIENCE, Run, no_answer},
    setup::{IDEMPOTENCY_KEY, member, path},
};

/// How often a version is published: once a second, in each environment in turn.
const INTERVAL: Duration = Duration::from_secs(1);

/// Publishes.
#[derive(Debug)]
pub struct Publisher {
    run: Arc<Run>,
    connection: Connection,
}

type Noted = std::result::Result<Result, (Result, String)>;

impl Publisher {
    /// For that run.
    pub fn new(run: Arc<Run>) -> Self {
        let connection = Connection::new(run.authority.clone(), PATIENCE);
        Self { run, connection }
    }

    /// Publishes once a second until the pace is stopped. An attempt that failed is repeated when its environment has its turn again.
    pub async fn publish_along(mut self, pace: Arc<Pace>) {
        let mut due = self.run.now();
        for turn in 0_usize.. {
            due += INTERVAL;
            tokio::time::sleep(due.saturating_sub(self.run.now())).await;
            if pace.is_stopped() {
                return;
            }
            self.publish(turn % self.run.environments.len().max(1), due).await;
            // Changes are not made up for: a second without one is a second without one.
            due = due.max(self.run.now().saturating_sub(INTERVAL));
        }
    }

    /// Publishes the next version of an environment, or tries again to.
    pub async fn publish(&mut self, environment: usize, due: Duration) {
        let sent = self.run.now();
        let Some(version) = self.attempt(environment, sent) else { return };
        let call = self.call(environment, version);
        let answer = self.connection.call(&call).await;
        let done = self.run.now();
        let noted = match answer {
            Ok(answer) => self.check(environment, version, done, &answer),
            Err(error) => Err(no_answer(&error)),
        };
        self.run.note(Kind::Publish, due, sent, done, noted);
    }

    /// Which version is next.
    fn attempt(&self, environment: usize, now: Duration) -> Option<u64> {
        let mut ledger = self.run.oracle.ledger(environment)?;
        let version = ledger.latest_acknowledged() + 1;
        ledger.attempt(version, now);
        Some(version)
    }

    /// The request that makes that version. Whenever it is repeated, it is the same one.
    fn call(&self, environment: usize, version: u64) -> Call {
        let name = self.run.environments.get(environment).map_or("", String::as_str);
        let (content, environment) = (self.run.oracle.content(), path(name));
        let call = match content.change(version) {
            Change::All => {
                let file = content.definition(name, version).to_string();
                Call::send(Method::POST, format!("{environment}/import"), file)
            }
            Change::One(flag) => {
                let patch = content.patch(name, flag, version).to_string();
                Call::send(Method::PATCH, format!("{environment}/flags/{}", Content::key(flag)), patch)
            }
        };
        call.bearer(&self.run.token())
            .header(header::IF_MATCH, "*")
            .header(IDEMPOTENCY_KEY, format!("{name}-{version}"))
    }

    /// An acknowledgement is for exactly this version, be it the first answer or that to a repetition.
    fn check(&self, environment: usize, version: u64, done: Duration, answer: &Answer) -> Noted {
        if answer.status.is_server_error() || answer.status.as_u16() == 429 {
            let failure = check_failure(answer).map_err(|wrong| (Result::Wrong, wrong.to_string()))?;
            return Err((Result::Failed(failure.status.as_u16()), format!("{failure:?}")));
        }
        let receipt = (member(answer, "version"), member(answer, "changed"));
        if answer.status.as_u16() != 200 || receipt != (Some(json!(version)), Some(Value::Bool(true))) {
            let body = String::from_utf8_lossy(&answer.body);
            return Err((Result::Wrong, format!("publishing {version}: {} {body:.300}", answer.status)));
        }
        if let Some(mut ledger) = self.run.oracle.ledger(environment) {
            ledger.acknowledge(version, done);
        }
        Ok(Result::Right { status: answer.status.as_u16(), conditional: false, stale: false })
    }
}
