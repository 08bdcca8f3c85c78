//! Changes of what an environment contains: flags, segments and SDK keys.

use std::sync::Arc;

use pennon_domain::{Action, Call, ChangeError, Definition, EnvironmentId, Refusal, StoredAnswer};

use super::{
    Decision, KeyEdit,
    attempts::{Content, Proposal, Proposed, Write},
    records,
    transaction::Transaction,
    version::{Contents, NextVersion},
};
use crate::{
    Current, Store,
    item::{self, Key, Tip},
};

struct ContentChange<'a, D> {
    id: &'a EnvironmentId,
    call: &'a Call,
    decide: D,
}

impl Store {
    /// Changes the content of an environment: its flags, its segments, or one of its keys.
    ///
    /// `decide` is given what is there, and is asked again, about what is there then, whenever somebody else was faster; so it
    /// decides without side effects. The new version, its audit row and the answer for retries are one transaction. A call with an
    /// idempotency key that was answered within a day gets that answer again.
    ///
    /// # Errors
    /// - What `decide` refuses.
    /// - [`Refusal::NotFound`] without such an environment.
    /// - [`Refusal::Invalid`] when the environment would be too large to be stored.
    /// - [`Refusal::IdempotencyKeyReused`].
    /// - [`StoreError::Conflict`](pennon_domain::StoreError::Conflict) when others were faster until
    ///   [`Config::change_deadline`](crate::Config::change_deadline).
    /// - [`StoreError::Unavailable`](pennon_domain::StoreError::Unavailable), and then it may have happened or not.
    pub async fn change(
        &self,
        id: &EnvironmentId,
        call: &Call,
        decide: impl Fn(&Current) -> Result<Decision, Refusal> + Send + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        let outcome = self.attempt(call, &ContentChange { id, call, decide }).await;
        // Also after an error: its transaction may have happened.
        self.0.directory.slot(id).expire_head();
        Ok(outcome?.answer)
    }
}

impl<D> Proposal for ContentChange<'_, D>
where
    D: Fn(&Current) -> Result<Decision, Refusal> + Send + Sync,
{
    fn environment(&self) -> Option<&EnvironmentId> {
        Some(self.id)
    }

    async fn propose(&self, store: &Store) -> Result<Proposed, ChangeError> {
        let no_environment = || Refusal::NotFound("environment");
        let tip = store.0.tables.core.tip(self.id).await?.ok_or_else(no_environment)?;
        let head = tip.head.clone().ok_or_else(no_environment)?;
        let (definition, tidy) = tokio::join!(store.definition_of(&head), store.tidy_up(self.id, &tip));
        let Some(definition) = definition? else { return Ok(Proposed::Overtaken) };
        let current = Current { id: self.id.clone(), head, definition };
        match (self.decide)(&current)? {
            Decision::Unchanged(answer) => Ok(Proposed::Unchanged(answer)),
            Decision::Change { action, definition, key, answer } => {
                let edit = Edit { action, definition, key, answer };
                let write = edit.write(store, self.call, &current, &tip, tidy).await?;
                Ok(Proposed::Write(Box::new(write)))
            }
        }
    }
}

/// What was decided.
struct Edit {
    action: Action,
    definition: Option<Definition>,
    key: Option<KeyEdit>,
    answer: StoredAnswer,
}

impl Edit {
    async fn write(
        self,
        store: &Store,
        call: &Call,
        current: &Current,
        tip: &Tip,
        tidy: bool,
    ) -> Result<Write, ChangeError> {
        let Current { id, head, definition: before } = current;
        let (mut transaction, mut changes) = (Transaction::default(), Vec::new());
        let mut contents = Contents {
            definition: Arc::clone(before),
            bucketing: head.bucketing,
            keys: head.keys.clone(),
            unknown_keys: tip.unknown_keys.clone(),
        };
        if let Some(after) = self.definition {
            changes.extend(before.changes_to(&after));
            contents.definition = Arc::new(after);
        }
        if let Some(edit) = self.key {
            changes.push(edit_key(store, id, edit, &mut contents, &mut transaction).await?);
        }
        let definition = Arc::clone(&contents.definition);
        let next = NextVersion::of(id, Some(tip), contents, store.0.clock.now(), tidy)?;
        next.write_to(&mut transaction, &store.0.tables.core)?;
        let (at, version) = (next.tip.published, Some(next.tip.version));
        let audit = records::of_environment(id, &call.author, self.action, at, version, changes);
        let content = Content::of(store.0.directory.slot(id), &next, definition);
        Ok(Write { transaction, audit, answer: self.answer, content })
    }
}

/// Adds a key to the contents or takes one away, together with the item by which it is managed.
async fn edit_key(
    store: &Store,
    id: &EnvironmentId,
    edit: KeyEdit,
    contents: &mut Contents,
    transaction: &mut Transaction,
) -> Result<pennon_domain::Changed, ChangeError> {
    let core = &store.0.tables.core;
    match edit {
        KeyEdit::Add(info, record) => {
            let known = contents.unknown_keys.contains_key(&info.kid);
            if known || contents.keys.insert(info.kid.clone(), record).is_some() {
                return Err(Refusal::conflict("a key of this identifier exists").into());
            }
            transaction.put_new(core, item::encode_key_info(id, &info))?;
            Ok(records::key_changed(&info.kid, None, Some(&info)))
        }
        KeyEdit::Revoke(kid) => {
            let unknown = contents.unknown_keys.remove(&kid).is_some();
            if contents.keys.remove(&kid).is_none() && !unknown {
                return Err(Refusal::NotFound("key").into());
            }
            let before = store.key(id, &kid).await?;
            transaction.delete(core, Key::sdk_key(id, &kid))?;
            Ok(records::key_changed(&kid, before.as_ref(), None))
        }
    }
}
