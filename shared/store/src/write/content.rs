//! Deciding about the content of an environment.

use pennon_domain::{Action, AsOf, ChangeError, Definition, EnvironmentId, Outcome, Refusal, StoredAnswer};

use crate::{Current, Decision, Store};

impl Current {
    /// What an answer from it is computed from.
    pub fn as_of(&self) -> AsOf {
        AsOf { version: self.head.version, stale: false }
    }

    /// The decision that makes `definition` the content, or none if it is. `answer` is told what comes of it.
    pub fn replace(
        &self,
        action: Action,
        definition: Definition,
        answer: impl FnOnce(&Outcome) -> StoredAnswer,
    ) -> Decision {
        let changes = self.definition.changes_to(&definition);
        if changes.is_empty() {
            return Decision::Unchanged(answer(&Outcome { version: self.head.version, changes }));
        }
        let answer = answer(&Outcome { version: self.next_version(), changes });
        Decision::Change { action, definition: Some(definition), key: None, answer }
    }
}

impl Store {
    /// What [`Store::change`] would answer, without changing anything.
    pub async fn rehearse(
        &self,
        id: &EnvironmentId,
        decide: impl Fn(&Current) -> Result<Decision, Refusal> + Send + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        let current = self.current(id).await?.ok_or(Refusal::NotFound("environment"))?;
        match decide(&current)? {
            Decision::Unchanged(answer) | Decision::Change { answer, .. } => Ok(answer),
        }
    }
}
