//! The attempts of a change: propose, commit, and begin again when somebody else was faster.
//!
//! Nobody's change is lost and none happens twice: each transaction carries the condition that what was read is still there, so of
//! all transactions proposed on top of one state at most one commits, however late it arrives. Where the outcome of a
//! transaction is not known, its audit row tells. That is looked for after what the next proposal builds on was read, so
//! that a transaction that committed before is found, and one that commits later makes the next one fail.

use std::{future::Future, sync::Arc};

use pennon_domain::{
    AuditEntry, Call, ChangeError, Definition, EnvironmentId, Refusal, StoreError, StoredAnswer, error_chain,
};

use super::{
    pause::Pauses,
    queue::Queue,
    transaction::{TransactError, Transaction},
    version::NextVersion,
};
use crate::{
    Store,
    item::{self, AuditKey, TTL},
    slot::Slot,
};

/// What a change would write, on top of what is there now.
pub(crate) trait Proposal: Sync {
    /// Reads what is there and decides.
    fn propose(&self, store: &Store) -> impl Future<Output = Result<Proposed, ChangeError>> + Send;

    /// The environment whose HEAD it writes, for which others may be queueing.
    fn environment(&self) -> Option<&EnvironmentId>;
}

/// The outcome of a decision.
pub(crate) enum Proposed {
    /// There is nothing to change.
    Unchanged(StoredAnswer),
    /// What was read does not fit together, or is gone: somebody is changing it.
    Overtaken,
    /// There is something to write.
    Write(Box<Write>),
}

/// A change that is ready to be written.
pub(crate) struct Write {
    /// Everything but the audit row and the answer.
    pub(crate) transaction: Transaction,
    pub(crate) audit: AuditEntry,
    pub(crate) answer: StoredAnswer,
    /// The content that it makes current, and where to remember that.
    pub(crate) content: Option<Content>,
}

/// Content, by its digest.
pub(crate) struct Content {
    pub(crate) slot: Arc<Slot>,
    pub(crate) sha256: [u8; 32],
    pub(crate) definition: Arc<Definition>,
}

impl Content {
    /// The content of the next version; `None` if that is none.
    pub(crate) fn of(slot: Arc<Slot>, next: &NextVersion, definition: Arc<Definition>) -> Option<Self> {
        let sha256 = next.tip.head.as_ref()?.sha256;
        Some(Self { slot, sha256, definition })
    }
}

/// What became of a change.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) answer: StoredAnswer,
    /// Whether this call wrote it: not if there was nothing to change, and not if an earlier call did.
    pub(crate) written: bool,
}

/// A transaction of which it is not known whether it happened.
struct Doubtful {
    audit: AuditEntry,
    answer: StoredAnswer,
}

struct Attempts<'a> {
    store: &'a Store,
    call: &'a Call,
    pauses: Pauses,
    queue: Option<Queue>,
    doubtful: Vec<Doubtful>,
}

impl Store {
    /// Makes a change, or finds that it was made.
    pub(crate) async fn attempt(&self, call: &Call, proposal: &impl Proposal) -> Result<Made, ChangeError> {
        let pauses = Pauses::new(self.0.config.change_deadline);
        let now = self.0.clock.now();
        let slot = proposal.environment().map(|id| self.0.directory.slot(id));
        let queue = slot.map(|slot| Queue::new(&self.0.tables.ops, slot, now));
        let mut attempts = Attempts { store: self, call, pauses, queue, doubtful: Vec::new() };
        let outcome = loop {
            if let Some(outcome) = attempts.once(proposal).await.transpose() {
                break outcome;
            }
        };
        if let Some(queue) = attempts.queue {
            queue.leave().await;
        }
        outcome
    }
}

impl Attempts<'_> {
    /// One attempt; `None` is "try again".
    async fn once(&mut self, proposal: &impl Proposal) -> Result<Option<Made>, ChangeError> {
        let look_first = self.queue.as_ref().is_some_and(Queue::is_likely);
        if look_first {
            self.wait_in_queue().await?;
        }
        let (ahead, earlier, proposed) = tokio::join!(
            ahead(self.queue.as_mut().filter(|_| !look_first)),
            self.store.earlier_answer(self.call),
            Box::pin(proposal.propose(self.store))
        );
        if let Some(answer) = earlier? {
            return Ok(Some(Made { answer, written: false }));
        }
        if let Some(made) = self.settle().await? {
            return Ok(Some(made));
        }
        match proposed {
            Ok(Proposed::Write(_)) if ahead > 0 => {
                self.wait_in_queue().await?;
                Ok(None)
            }
            Ok(Proposed::Write(write)) => self.write(*write).await,
            Ok(Proposed::Unchanged(answer)) => self.leave(answer).await,
            Ok(Proposed::Overtaken) => self.lost_race().await,
            Err(ChangeError::Refused(refusal)) => self.refuse(refusal).await.map(Some),
            Err(error) => Err(error),
        }
    }

    /// Whether one of the doubtful transactions has happened.
    async fn settle(&self) -> Result<Option<Made>, StoreError> {
        for Doubtful { audit, answer } in &self.doubtful {
            if self.store.was_written(audit).await? {
                return Ok(Some(Made { answer: answer.clone(), written: true }));
            }
        }
        Ok(None)
    }

    async fn write(&mut self, write: Write) -> Result<Option<Made>, ChangeError> {
        let Write { mut transaction, audit, answer, content } = write;
        let tables = &self.store.0.tables;
        transaction.put_new(&tables.audit, item::encode_audit(&audit)?)?;
        if let Some(key) = &self.call.idempotency {
            let now = self.store.0.clock.now();
            let row = item::AnswerRow::encode(key, &answer, now)?;
            transaction.put_over_expired(&tables.ops, row, TTL, now.as_secs())?;
        }
        match transaction.send(&tables.core).await {
            Ok(()) => {
                if let Some(Content { slot, sha256, definition }) = content {
                    slot.remember_definition(sha256, definition);
                }
                Ok(Some(Made { answer, written: true }))
            }
            Err(TransactError::LostRace) => self.lost_race().await,
            Err(TransactError::Throttled) => {
                self.wait_for(StoreError::Unavailable {
                    context: "writing a change: throttled",
                    source: None,
                })
                .await
            }
            Err(TransactError::Unknown(error)) => {
                self.doubtful.push(Doubtful { audit, answer });
                tracing::warn!(error = error_chain(&error), "it is not known whether a change was written");
                if let Ok(Some(made)) = self.settle().await {
                    return Ok(Some(made));
                }
                self.wait_for(error).await
            }
            Err(TransactError::Rejected(error)) => Err(error.into()),
        }
    }

    /// Answers that nothing has changed, and stores the answer.
    async fn leave(&mut self, answer: StoredAnswer) -> Result<Option<Made>, ChangeError> {
        if self.store.store_answer(self.call, &answer).await? {
            return Ok(Some(Made { answer, written: false }));
        }
        self.lost_race().await
    }

    /// Passes a refusal on, unless the reason for it is that the same call has been answered meanwhile.
    async fn refuse(&self, refusal: Refusal) -> Result<Made, ChangeError> {
        match self.store.earlier_answer(self.call).await? {
            Some(answer) => Ok(Made { answer, written: false }),
            None => Err(refusal.into()),
        }
    }

    async fn lost_race(&mut self) -> Result<Option<Made>, ChangeError> {
        let queued = match &mut self.queue {
            Some(queue) => queue.join().await,
            None => false,
        };
        if self.pauses.after_lost_race(queued).await { Ok(None) } else { Err(StoreError::Conflict.into()) }
    }

    /// Waits until nobody is ahead.
    async fn wait_in_queue(&mut self) -> Result<(), StoreError> {
        let Some(queue) = &mut self.queue else { return Ok(()) };
        loop {
            let ahead = queue.ahead().await;
            if ahead == 0 {
                return Ok(());
            }
            queue.join().await;
            if !self.pauses.in_queue(queue.pause(ahead)).await {
                return Err(StoreError::Conflict);
            }
        }
    }

    async fn wait_for(&mut self, error: StoreError) -> Result<Option<Made>, ChangeError> {
        if self.pauses.after_trouble().await { Ok(None) } else { Err(error.into()) }
    }
}

async fn ahead(queue: Option<&mut Queue>) -> usize {
    match queue {
        Some(queue) => queue.ahead().await,
        None => 0,
    }
}

impl Store {
    /// Whether a change has been written: its audit row was, in the same transaction.
    async fn was_written(&self, audit: &AuditEntry) -> Result<bool, StoreError> {
        let Some(key) = AuditKey::row(&audit.project, &audit.id) else { return Ok(false) };
        let row = self.0.tables.audit.get_large(key, "looking for a change").await?;
        Ok(row.is_some())
    }
}
