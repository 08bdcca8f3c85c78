//! A run: callers who ask at their pace, and have every answer checked.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use pennon_domain::error_chain;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::JoinSet,
};

use crate::{
    client::{Call, Connection, NoAnswer},
    crowd::{Crowd, Question},
    oracle::{Asked, Kind, Oracle, Outcome, Secrets},
    pace::{Due, Pace},
    record::{Incident, Recorder, Result, Sample},
    setup::PROJECT,
};

/// For how long an answer is waited for: longer than API Gateway does.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What all tasks of a run share.
#[derive(Debug)]
pub struct Run {
    /// What times are counted from.
    pub start: Instant,
    /// The authority of the server, for example `127.0.0.1:9000`.
    pub authority: String,
    /// The names of the environments.
    pub environments: Vec<String>,
    /// What opens them.
    pub secrets: RwLock<Secrets>,
    /// Checks the answers.
    pub oracle: Oracle,
    /// Asks the questions.
    pub crowd: Crowd,
    /// Takes note of all of it.
    pub recorder: Recorder,
    /// How many requests a function may have at once.
    pub lanes: Lanes,
}

/// Limits how many requests are under way to each function that evaluates, so that none is asked for more than its processes can do.
///
/// A process is free only a moment after its answer is there. Where no process is to be started by surprise, there have to be twice
/// as many processes as requests.
#[derive(Debug)]
pub struct Lanes {
    width: u32,
    lanes: [Semaphore; 3],
}

impl Lanes {
    /// That many for each.
    pub fn of(width: u32) -> Self {
        let permits = usize::try_from(width).unwrap_or(Semaphore::MAX_PERMITS);
        Self { width, lanes: [(); 3].map(|()| Semaphore::new(permits)) }
    }

    /// As many as anybody asks for.
    pub fn unlimited() -> Self {
        Self::of(u32::MAX)
    }

    /// Waits until no request is under way; none is before the permits are dropped.
    pub async fn clear(&self) -> Vec<SemaphorePermit<'_>> {
        let mut permits = Vec::new();
        for lane in &self.lanes {
            permits.extend(lane.acquire_many(self.width).await);
        }
        permits
    }

    /// Waits until one more may be under way; it is until the permit is dropped.
    async fn enter(&self, kind: Kind) -> Option<SemaphorePermit<'_>> {
        let [poll, evaluate, snapshot] = &self.lanes;
        match kind {
            Kind::Poll | Kind::UnknownKey => poll.acquire().await.ok(),
            Kind::Evaluate | Kind::UnknownFlag => evaluate.acquire().await.ok(),
            Kind::Snapshot => snapshot.acquire().await.ok(),
            Kind::Manage | Kind::Publish => None,
        }
    }
}

impl Run {
    /// The time since the start.
    pub fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// From now on everybody who manages has that token.
    pub fn renew_token(&self, token: String) {
        self.secrets.write().unwrap_or_else(PoisonError::into_inner).token = token;
    }

    /// The access token.
    pub fn token(&self) -> String {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner).token.clone()
    }

    /// Asks at that pace over that many connections until it is stopped.
    pub async fn ask(self: Arc<Self>, pace: Arc<Pace>, connections: usize) {
        let mut workers = JoinSet::new();
        for _ in 0..connections {
            let (run, pace) = (Arc::clone(&self), Arc::clone(&pace));
            workers.spawn(async move {
                let mut connection = Connection::new(run.authority.clone(), PATIENCE);
                while let Some(due) = pace.next().await {
                    run.ask_once(&mut connection, due).await;
                }
            });
        }
        workers.join_all().await;
    }

    async fn ask_once(&self, connection: &mut Connection, due: Due) {
        let question = self.crowd.question(due.number);
        let (call, kind) = (self.call(&question.asked), question.asked.kind());
        let lane = self.lanes.enter(kind).await;
        let sent = self.now();
        let answer = connection.call(&call).await;
        let done = self.now();
        drop(lane);
        let result = match answer {
            Err(error) => Err(no_answer(&error)),
            Ok(answer) => match self.oracle.judge(&question.asked, sent, done, &answer) {
                Ok(Outcome::Failed(failure)) => {
                    let status = failure.status.as_u16();
                    Err((Result::Failed(status), format!("{failure:?}")))
                }
                Ok(outcome) => Ok(self.right(&question, &outcome, answer.status.as_u16())),
                Err(violation) => Err((Result::Wrong, violation.to_string())),
            },
        };
        self.note(kind, due.at, sent, done, result);
    }

    /// Takes note of a request, and of what was wrong with it.
    pub fn note(
        &self,
        kind: Kind,
        due: Duration,
        sent: Duration,
        done: Duration,
        result: std::result::Result<Result, (Result, String)>,
    ) {
        let result = result.unwrap_or_else(|(result, what)| {
            self.recorder.report(Incident { kind, sent, result, what });
            result
        });
        self.recorder.note(Sample { kind, due, sent, done, result });
    }

    fn right(&self, question: &Question, outcome: &Outcome, status: u16) -> Result {
        self.crowd.remember(question, outcome);
        let stale = matches!(outcome, Outcome::Answered { known, .. } if known.stale);
        let conditional = matches!(
            question.asked,
            Asked::Poll { known: Some(_), .. } | Asked::Snapshot { known: Some(_), .. }
        );
        Result::Right { status, conditional, stale }
    }

    /// The request that asks that.
    pub fn call(&self, asked: &Asked) -> Call {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        asked.call(PROJECT, &self.environments, &secrets)
    }
}

/// What became of a request without an answer, and why.
pub(crate) fn no_answer(error: &NoAnswer) -> (Result, String) {
    let result = if matches!(error, NoAnswer::BrokeOff(_)) { Result::BrokeOff } else { Result::Unanswered };
    (result, error_chain(error))
}
