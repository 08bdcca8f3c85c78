//! Publishing: content and keys of an environment in one go, together with the project and the environment if need be. For who sets
//! an environment up from outside: the local server, and tests.

use std::{collections::BTreeMap, sync::Arc};

use pennon_domain::{
    Action, Author, Bucketing, Call, ChangeError, Changed, Definition, EnvironmentId, EnvironmentInfo, Head,
    KeyInfo, KeyRecord, Project, StoredAnswer, Timestamp,
};

use super::{
    attempts::{Content, Proposal, Proposed, Write},
    environments::Found,
    projects::put_project,
    records,
    transaction::Transaction,
    version::{Contents, NextVersion},
};
use crate::{
    Store,
    item::{self, EnvironmentRow, Key, ProjectRow, REV},
};

/// Whom the audit names.
const ACTOR: &str = "local";

/// The outcome of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that is now current.
    pub version: u64,
    /// Identifies its content; see [`Head::config_etag`].
    pub config_etag: String,
    /// Whether this made a new version; if not, the current one already was the same.
    pub changed: bool,
}

struct Publication<'a> {
    id: &'a EnvironmentId,
    call: &'a Call,
    definition: Arc<Definition>,
    config_etag: String,
    bucketing: Bucketing,
    keys: &'a BTreeMap<String, KeyRecord>,
}

impl Store {
    /// Makes `definition` the current version of an environment, and `keys` the ones that open it: one transaction, and none
    /// if nothing would change. A project or an environment that does not exist is made, named by its key.
    ///
    /// # Errors
    /// As for [`Store::change`]. After an error it may have been published or not; publishing the same again is safe.
    pub async fn publish(
        &self,
        id: &EnvironmentId,
        definition: &Definition,
        bucketing: Bucketing,
        keys: &BTreeMap<String, KeyRecord>,
    ) -> Result<Published, ChangeError> {
        let author = Author { actor: ACTOR.to_owned(), request_id: ACTOR.to_owned(), at: self.0.clock.now() };
        let call = Call { author, idempotency: None };
        let publication = Publication {
            id,
            call: &call,
            definition: Arc::new(definition.clone()),
            config_etag: definition.etag(bucketing),
            bucketing,
            keys,
        };
        let outcome = self.attempt(&call, &publication).await;
        self.0.directory.slot(id).expire_head();
        let outcome = outcome?;
        Ok(Published {
            version: outcome.answer.version.unwrap_or_default(),
            config_etag: publication.config_etag,
            changed: outcome.written,
        })
    }
}

impl Proposal for Publication<'_> {
    fn environment(&self) -> Option<&EnvironmentId> {
        Some(self.id)
    }

    async fn propose(&self, store: &Store) -> Result<Proposed, ChangeError> {
        let Some(found) = Box::pin(store.find_to_change(self.id)).await? else {
            return Ok(Proposed::Overtaken);
        };
        let current = found.existing.as_ref().map(|(_, head)| head);
        if let Some(head) = current.filter(|head| self.is(head)) {
            return Ok(Proposed::Unchanged(answer(head.version)));
        }
        let now = store.0.clock.now();
        let (core, tip) = (&store.0.tables.core, found.tip.as_ref());
        let contents = Contents {
            definition: Arc::clone(&self.definition),
            bucketing: self.bucketing,
            keys: self.keys.clone(),
            unknown_keys: tip.map(|tip| tip.unknown_keys.clone()).unwrap_or_default(),
        };
        let next = NextVersion::of(self.id, tip, contents, now, found.tidy)?;
        let (at, version) = (next.tip.published, next.tip.version);
        let mut transaction = Transaction::default();
        next.write_to(&mut transaction, core)?;
        let mut changes = Vec::new();
        changes.extend(self.put_rows(store, &found, at, &mut transaction)?);
        changes.extend(self.put_keys(store, current, at, &mut transaction)?);
        changes.extend(content_of(store, current).await.changes_to(&self.definition));
        let author = &self.call.author;
        let audit = records::of_environment(self.id, author, Action::Imported, at, Some(version), changes);
        let slot = store.0.directory.slot(self.id);
        let content = Content::of(slot, &next, Arc::clone(&self.definition));
        Ok(Proposed::Write(Box::new(Write { transaction, audit, answer: answer(version), content })))
    }
}

impl Publication<'_> {
    fn is(&self, head: &Head) -> bool {
        self.config_etag == head.config_etag && self.bucketing == head.bucketing && *self.keys == head.keys
    }

    /// The project and the environment, where they are not as they should be.
    fn put_rows(
        &self,
        store: &Store,
        found: &Found,
        now: Timestamp,
        transaction: &mut Transaction,
    ) -> Result<Option<Changed>, ChangeError> {
        let core = &store.0.tables.core;
        let project = self.id.project();
        let Some((row, _)) = &found.existing else {
            let info = EnvironmentInfo {
                key: self.id.key(),
                name: self.id.key().as_str().to_owned(),
                description: String::new(),
                bucketing: self.bucketing,
                created: now,
            };
            let changed = records::environment_changed(None, Some(&info));
            transaction.put_new(core, EnvironmentRow { info, rev: 1 }.encode(&project))?;
            let next = self.next_project(found.project.as_ref(), now);
            put_project(transaction, core, found.project.as_ref(), &next)?;
            return Ok(changed);
        };
        if row.info.bucketing == self.bucketing {
            return Ok(None);
        }
        let info = EnvironmentInfo { bucketing: self.bucketing, ..row.info.clone() };
        let changed = records::environment_changed(Some(&row.info), Some(&info));
        let updated = EnvironmentRow { info, rev: row.rev.saturating_add(1) };
        transaction.put_over(core, updated.encode(&project), &[(REV, row.rev)])?;
        Ok(changed)
    }

    fn next_project(&self, row: Option<&ProjectRow>, now: Timestamp) -> ProjectRow {
        let key = self.id.project();
        let made = Project { name: key.to_string(), key, description: String::new(), created: now };
        let next = match row {
            None => ProjectRow::new(made),
            Some(row) if row.deleted => row.with(made, false),
            Some(row) => row.clone(),
        };
        ProjectRow { environments: next.environments.saturating_add(1), ..next }
    }

    /// What the keys are managed by.
    fn put_keys(
        &self,
        store: &Store,
        current: Option<&Arc<Head>>,
        now: Timestamp,
        transaction: &mut Transaction,
    ) -> Result<Vec<Changed>, ChangeError> {
        let core = &store.0.tables.core;
        let none = BTreeMap::new();
        let before = current.map_or(&none, |head| &head.keys);
        let mut changes = Vec::new();
        for kid in before.keys().filter(|kid| !self.keys.contains_key(*kid)) {
            transaction.delete(core, Key::sdk_key(self.id, kid))?;
            changes.push(records::key_changed(kid, None, None));
        }
        for (kid, record) in self.keys.iter().filter(|(kid, record)| before.get(*kid) != Some(*record)) {
            let info = KeyInfo {
                kid: kid.clone(),
                name: String::new(),
                scope: record.scope,
                created: now,
                created_by: ACTOR.to_owned(),
                expires: record.expires,
            };
            transaction.put(core, item::encode_key_info(self.id, &info))?;
            changes.push(records::key_changed(kid, None, Some(&info)));
        }
        Ok(changes)
    }
}

/// The content before, for the audit. Where it is damaged or missing, there was none: publishing is a way to mend that.
async fn content_of(store: &Store, head: Option<&Arc<Head>>) -> Arc<Definition> {
    let definition = match head {
        Some(head) => store.definition_of(head).await.ok().flatten(),
        None => None,
    };
    definition.unwrap_or_else(|| Arc::new(Definition::empty()))
}

fn answer(version: u64) -> StoredAnswer {
    StoredAnswer { status: 200, etag: None, version: Some(version), body: String::new() }
}
