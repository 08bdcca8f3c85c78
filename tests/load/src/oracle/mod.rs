//! Whether an answer is right: it is checked against the version that it names, whoever gave it and however old it is.

mod body;
mod failure;
mod question;

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::StatusCode;

pub use self::{
    failure::{Failure, check_failure},
    question::{Asked, Kind, Known, Secrets},
};
use crate::{
    client::Answer,
    content::{Content, FIRST},
    ledger::{Anachronism, HEAD_AGE, Ledger},
    user::User,
};

/// What an answer must not be.
#[derive(Debug, thiserror::Error)]
pub enum Violation {
    /// It gives a flag something else than the version that it names.
    #[error("wrong value: {0}")]
    Value(String),
    /// It names a version that it cannot know, or must not give any more.
    #[error("wrong version: {0}")]
    Version(#[from] Anachronism),
    /// Its entity tag is not that of its content, or 304 and 200 are mixed up.
    #[error("wrong entity tag: {0}")]
    Tag(String),
    /// It says that it is stale although nothing is wrong.
    #[error("stale without a reason")]
    Stale,
    /// It is no answer of this route: another status, a body in another form, or one that says too much.
    #[error("malformed: {0}")]
    Malformed(String),
}

/// An answer that is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer from a version.
    Answered {
        /// What a caller remembers for its next question.
        known: Known,
        /// Whether it was a 304.
        unchanged: bool,
    },
    /// The refusal that was asked for: 404 or 401.
    Refused,
    /// No answer, but in the form that failures have.
    Failed(Failure),
}

/// Checks answers.
#[derive(Debug)]
pub struct Oracle {
    content: Content,
    environments: Vec<String>,
    ledgers: Vec<Mutex<Ledger>>,
    /// For how long an answer may be out of date if it says so. `None`: nothing may be stale.
    max_stale: Option<Duration>,
    /// The entity tag and a digest of each body that was checked.
    bodies: Mutex<HashMap<Source, (String, u64)>>,
    /// Which variant a split gave a user.
    splits: Mutex<HashMap<(User, usize), &'static str>>,
}

/// What an answer is computed from. `None` is everybody's: the snapshot.
type Source = (usize, Option<User>, u64, bool);

impl Oracle {
    /// For these environments, which all have that content up to [`FIRST`] by now. If things may go wrong, answers may be stale for as
    /// long as `max_stale` says.
    pub fn new(content: Content, environments: Vec<String>, max_stale: Option<Duration>) -> Self {
        let mut ledger = Ledger::default();
        (1..=FIRST).for_each(|version| ledger.acknowledge(version, Duration::ZERO));
        let ledgers = environments.iter().map(|_| Mutex::new(ledger.clone())).collect();
        Self { content, environments, ledgers, max_stale, bodies: Mutex::default(), splits: Mutex::default() }
    }

    /// The content of every environment.
    pub fn content(&self) -> Content {
        self.content
    }

    /// The history of an environment. `None`: there is no such environment.
    pub fn ledger(&self, environment: usize) -> Option<MutexGuard<'_, Ledger>> {
        self.ledgers.get(environment).map(locked)
    }

    /// Checks the answer to a question that was sent at `sent` and answered at `done`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn judge(
        &self,
        asked: &Asked,
        sent: Duration,
        done: Duration,
        answer: &Answer,
    ) -> Result<Outcome, Violation> {
        let status = answer.status;
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return check_failure(answer).map(Outcome::Failed);
        }
        match asked {
            Asked::UnknownKey { .. } => body::check_refusal(answer, StatusCode::UNAUTHORIZED, "GENERAL"),
            Asked::UnknownFlag { environment, .. } => {
                body::check_staleness(answer)?;
                self.check_time(*environment, answer, sent, done)?;
                body::check_refusal(answer, StatusCode::NOT_FOUND, "FLAG_NOT_FOUND")
            }
            Asked::Manage { environment, flag } => {
                let version = version_of(answer)?;
                self.on_time(*environment, version, sent, done, Duration::ZERO)?;
                self.check_definition(*environment, *flag, version, answer)?;
                Ok(answered(version, answer))
            }
            Asked::Poll { environment, known, .. } | Asked::Snapshot { environment, known } => {
                let version = self.check_time(*environment, answer, sent, done)?;
                if status == StatusCode::NOT_MODIFIED {
                    return check_unchanged(asked, known.as_ref(), version, answer);
                }
                self.check_tag(asked, version, answer)?;
                Ok(answered(version, answer))
            }
            Asked::Evaluate { environment, user, flag } => {
                body::check_staleness(answer)?;
                let version = self.check_time(*environment, answer, sent, done)?;
                expect_ok(answer)?;
                let evaluation = body::evaluation(&answer.body)?;
                self.check_evaluation(*environment, *user, *flag, version, &evaluation)?;
                Ok(answered(version, answer))
            }
        }
    }

    /// A full answer: its tag and its bytes are the same for whoever asks the same of the same version, and its content is right.
    fn check_tag(&self, asked: &Asked, version: u64, answer: &Answer) -> Result<(), Violation> {
        expect_ok(answer)?;
        let (Asked::Poll { environment, known, .. } | Asked::Snapshot { environment, known }) = asked else {
            return Ok(());
        };
        let tag = answer.header("etag").ok_or_else(|| Violation::Tag("none".to_owned()))?;
        if known.as_ref().is_some_and(|known| known.tag == tag) {
            return Err(Violation::Tag(format!("200 although version {version} was known by {tag}")));
        }
        let mut hasher = DefaultHasher::new();
        answer.body.hash(&mut hasher);
        let seen = (tag.to_owned(), hasher.finish());
        // The definition is the same whether or not there may be a newer one.
        let (user, stale) = match asked {
            Asked::Poll { user, .. } => (Some(*user), answer.is_stale()),
            _ => (None, false),
        };
        let from = (*environment, user, version, stale);
        if let Some(before) = locked(&self.bodies).get(&from) {
            let same = *before == seen;
            return if same { Ok(()) } else { Err(Violation::Tag(format!("two answers of {from:?}"))) };
        }
        match user {
            Some(user) => self.check_bulk(*environment, user, version, answer)?,
            None => self.check_snapshot(*environment, version, answer)?,
        }
        locked(&self.bodies).insert(from, seen);
        Ok(())
    }

    /// Which version the answer names, if it may do so now.
    fn check_time(
        &self,
        environment: usize,
        answer: &Answer,
        sent: Duration,
        done: Duration,
    ) -> Result<u64, Violation> {
        let version = version_of(answer)?;
        let age = match self.max_stale {
            None if answer.is_stale() => return Err(Violation::Stale),
            Some(max_stale) if answer.is_stale() => max_stale,
            _ => HEAD_AGE,
        };
        self.on_time(environment, version, sent, done, age)?;
        Ok(version)
    }

    fn on_time(
        &self,
        environment: usize,
        version: u64,
        sent: Duration,
        done: Duration,
        age: Duration,
    ) -> Result<(), Violation> {
        let Some(mut ledger) = self.ledger(environment) else { return Ok(()) };
        Ok(ledger.see(version, sent, done, age)?)
    }

    fn name(&self, environment: usize) -> &str {
        self.environments.get(environment).map_or("", String::as_str)
    }

    /// The variant that a split gave the user before, or this one from now on.
    fn sticky(&self, user: User, flag: usize, variant: &'static str) -> &'static str {
        match locked(&self.splits).entry((user, flag)) {
            Entry::Occupied(before) => before.get(),
            Entry::Vacant(first) => first.insert(variant),
        }
    }
}

fn answered(version: u64, answer: &Answer) -> Outcome {
    let tag = answer.header("etag").unwrap_or_default().to_owned();
    Outcome::Answered { known: Known { tag, version, stale: answer.is_stale() }, unchanged: false }
}

/// A 304 is for whoever has this very version. Where the content says that it is stale, that is a part of it.
fn check_unchanged(
    asked: &Asked,
    known: Option<&Known>,
    version: u64,
    answer: &Answer,
) -> Result<Outcome, Violation> {
    let known = known.ok_or_else(|| Violation::Tag("304 to a caller that has nothing".to_owned()))?;
    if version != known.version || !answer.body.is_empty() {
        return Err(Violation::Tag(format!("304 as of {version} to a caller of {}", known.version)));
    }
    if matches!(asked, Asked::Poll { .. }) && answer.is_stale() != known.stale {
        return Err(Violation::Tag("304 although the answer would be stale, or is not any more".to_owned()));
    }
    Ok(Outcome::Answered { known: Known { stale: answer.is_stale(), ..known.clone() }, unchanged: true })
}

fn version_of(answer: &Answer) -> Result<u64, Violation> {
    let unnamed = || Violation::Malformed(format!("{} without Pennon-Version", answer.status));
    answer.version().ok_or_else(unnamed)
}

fn expect_ok(answer: &Answer) -> Result<(), Violation> {
    if answer.status == StatusCode::OK {
        return Ok(());
    }
    Err(Violation::Malformed(format!("{} instead of 200", answer.status)))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
