//! Environments as such: made, renamed, deleted. For what they contain see `change`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use pennon_domain::{
    Action, Call, ChangeError, Changed, Definition, EnvironmentId, EnvironmentInfo, Head, Page, ProjectKey,
    Refusal, StoreError, StoredAnswer,
};

use super::{
    EnvironmentDecision,
    attempts::{Content, Proposal, Proposed, Write},
    projects::put_project,
    records,
    transaction::Transaction,
    version::{Contents, NextVersion},
};
use crate::{
    Current, Store,
    item::{EnvironmentRow, Item, Key, ProjectRow, REV, Tip},
    listing::list,
};

struct EnvironmentChange<'a, D> {
    id: &'a EnvironmentId,
    call: &'a Call,
    decide: D,
}

impl Store {
    /// A part of the list of a project's environments, by key: at most `limit` of those after `after`.
    pub async fn environments(
        &self,
        project: &ProjectKey,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<EnvironmentInfo>, StoreError> {
        let read = |item: &Item| Ok(Some(EnvironmentRow::decode(item)?.info));
        let key = |info: &EnvironmentInfo| info.key.as_str().to_owned();
        let place = (EnvironmentRow::partition(project), "ENV#");
        list(&self.0.tables.core, place, after, limit, read, key).await
    }

    /// An environment, as it is managed. `None`: there is none.
    pub async fn environment_info(&self, id: &EnvironmentId) -> Result<Option<EnvironmentInfo>, StoreError> {
        Ok(self.environment_row(id).await?.map(|row| row.info))
    }

    /// Makes, changes or deletes an environment. See [`Store::change`] for what holds for every change.
    ///
    /// # Errors
    /// What `decide` refuses; [`Refusal::NotFound`] without such a project; [`Refusal::IdempotencyKeyReused`].
    pub async fn change_environment(
        &self,
        id: &EnvironmentId,
        call: &Call,
        decide: impl Fn(Option<(&EnvironmentInfo, &Current)>) -> Result<EnvironmentDecision, Refusal>
        + Send
        + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        let made = self.attempt(call, &EnvironmentChange { id, call, decide }).await;
        self.0.directory.slot(id).expire_head();
        let answer = made?.answer;
        self.tidy_up_after_end(id).await;
        Ok(answer)
    }

    /// Deletes the chunks of an environment that was deleted, as no later change may come to do it. What cannot be deleted now is
    /// deleted when an environment of the same name is made.
    async fn tidy_up_after_end(&self, id: &EnvironmentId) {
        if let Ok(Some(tip)) = self.0.tables.core.tip(id).await
            && tip.head.is_none()
        {
            self.tidy_up(id, &tip).await;
        }
    }

    pub(crate) async fn environment_row(
        &self,
        id: &EnvironmentId,
    ) -> Result<Option<EnvironmentRow>, StoreError> {
        let item = self.0.tables.core.get(EnvironmentRow::key(id), "reading an environment").await?;
        item.map(|item| EnvironmentRow::decode(&item)).transpose()
    }
}

/// What there is of an environment and its project, but for its content.
pub(crate) struct Found {
    pub(crate) project: Option<ProjectRow>,
    pub(crate) tip: Option<Tip>,
    /// `None`: there is no such environment (any more).
    pub(crate) existing: Option<(EnvironmentRow, Arc<Head>)>,
    /// Whether the chunks of old versions are deleted.
    pub(crate) tidy: bool,
}

impl Store {
    /// Reads an environment and its project. `None`: it does not fit together, because somebody is changing it.
    pub(crate) async fn find_to_change(&self, id: &EnvironmentId) -> Result<Option<Found>, StoreError> {
        let key = id.project();
        let (project, row, tip) =
            tokio::try_join!(self.project_row(&key), self.environment_row(id), self.0.tables.core.tip(id))?;
        let existing = match (row, tip.as_ref().and_then(|tip| tip.head.clone())) {
            (Some(row), Some(head)) => Some((row, head)),
            (None, None) => None,
            _ => return Ok(None),
        };
        let tidy = match &tip {
            Some(tip) => self.tidy_up(id, tip).await,
            None => true,
        };
        Ok(Some(Found { project, tip, existing, tidy }))
    }
}

impl<D> Proposal for EnvironmentChange<'_, D>
where
    D: Fn(Option<(&EnvironmentInfo, &Current)>) -> Result<EnvironmentDecision, Refusal> + Send + Sync,
{
    fn environment(&self) -> Option<&EnvironmentId> {
        Some(self.id)
    }

    async fn propose(&self, store: &Store) -> Result<Proposed, ChangeError> {
        let Some(found) = Box::pin(store.find_to_change(self.id)).await? else {
            return Ok(Proposed::Overtaken);
        };
        let Some(project) = found.project.as_ref().filter(|project| !project.deleted) else {
            return Err(Refusal::NotFound("project").into());
        };
        let current = match &found.existing {
            None => None,
            Some((_, head)) => match store.definition_of(head).await? {
                None => return Ok(Proposed::Overtaken),
                Some(definition) => Some(Current { id: self.id.clone(), head: Arc::clone(head), definition }),
            },
        };
        let existing = found.existing.as_ref().map(|(row, _)| row).zip(current.as_ref());
        let decision = (self.decide)(existing.map(|(row, current)| (&row.info, current)))?;
        let change = Change { store, id: self.id, call: self.call, project, found: &found };
        let write = match (decision, existing) {
            (EnvironmentDecision::Unchanged(answer), _) => return Ok(Proposed::Unchanged(answer)),
            (EnvironmentDecision::Put { info, answer }, None) => change.create(info, answer)?,
            (EnvironmentDecision::Put { info, answer }, Some((row, current))) => {
                change.update(row, current, info, answer)?
            }
            (EnvironmentDecision::Delete { answer }, Some((row, current))) => {
                change.delete(row, current, answer)?
            }
            (EnvironmentDecision::Delete { .. }, None) => {
                return Err(Refusal::NotFound("environment").into());
            }
        };
        Ok(Proposed::Write(Box::new(write)))
    }
}

/// A change of an environment whose project exists.
struct Change<'a> {
    store: &'a Store,
    id: &'a EnvironmentId,
    call: &'a Call,
    project: &'a ProjectRow,
    found: &'a Found,
}

impl Change<'_> {
    fn create(&self, info: EnvironmentInfo, answer: StoredAnswer) -> Result<Write, ChangeError> {
        let core = &self.store.0.tables.core;
        let mut transaction = Transaction::default();
        let row = EnvironmentRow { info, rev: 1 };
        let definition = Arc::new(Definition::empty());
        let contents = Contents {
            definition: Arc::clone(&definition),
            bucketing: row.info.bucketing,
            keys: BTreeMap::new(),
            unknown_keys: HashMap::new(),
        };
        let next = self.next(contents)?;
        transaction.put_new(core, row.encode(&self.project.project.key))?;
        self.count(&mut transaction, self.project.environments.saturating_add(1))?;
        next.write_to(&mut transaction, core)?;
        let changes = records::environment_changed(None, Some(&row.info)).into_iter().collect();
        let content = Content::of(self.store.0.directory.slot(self.id), &next, definition);
        Ok(self.write(transaction, Action::EnvironmentCreated, Some(&next), changes, answer, content))
    }

    fn update(
        &self,
        row: &EnvironmentRow,
        current: &Current,
        info: EnvironmentInfo,
        answer: StoredAnswer,
    ) -> Result<Write, ChangeError> {
        let core = &self.store.0.tables.core;
        let mut transaction = Transaction::default();
        let info = EnvironmentInfo { created: row.info.created, ..info };
        let changes = records::environment_changed(Some(&row.info), Some(&info)).into_iter().collect();
        let mut next = None;
        if info.bucketing != current.head.bucketing {
            let contents = Contents {
                definition: Arc::clone(&current.definition),
                bucketing: info.bucketing,
                keys: current.head.keys.clone(),
                unknown_keys: self.unknown_keys(),
            };
            let version = self.next(contents)?;
            version.write_to(&mut transaction, core)?;
            next = Some(version);
        }
        let updated = EnvironmentRow { info, rev: row.rev.saturating_add(1) };
        transaction.put_over(core, updated.encode(&self.project.project.key), &[(REV, row.rev)])?;
        Ok(self.write(transaction, Action::EnvironmentUpdated, next.as_ref(), changes, answer, None))
    }

    fn delete(
        &self,
        row: &EnvironmentRow,
        current: &Current,
        answer: StoredAnswer,
    ) -> Result<Write, ChangeError> {
        let core = &self.store.0.tables.core;
        let mut transaction = Transaction::default();
        let Some(tip) = &self.found.tip else { return Err(Refusal::NotFound("environment").into()) };
        let next = NextVersion::end_of(self.id, tip, self.store.0.clock.now(), self.found.tidy);
        next.write_to(&mut transaction, core)?;
        transaction.delete_over(core, EnvironmentRow::key(self.id), REV, row.rev)?;
        for kid in current.head.keys.keys().chain(tip.unknown_keys.keys()) {
            transaction.delete(core, Key::sdk_key(self.id, kid))?;
        }
        self.count(&mut transaction, self.project.environments.saturating_sub(1))?;
        let mut changes: Vec<Changed> =
            records::environment_changed(Some(&row.info), None).into_iter().collect();
        changes.extend(current.definition.changes_to(&Definition::empty()));
        Ok(self.write(transaction, Action::EnvironmentDeleted, Some(&next), changes, answer, None))
    }

    fn next(&self, contents: Contents) -> Result<NextVersion, ChangeError> {
        let (now, Found { tip, tidy, .. }) = (self.store.0.clock.now(), self.found);
        NextVersion::of(self.id, tip.as_ref(), contents, now, *tidy)
    }

    fn unknown_keys(&self) -> HashMap<String, aws_sdk_dynamodb::types::AttributeValue> {
        self.found.tip.as_ref().map(|tip| tip.unknown_keys.clone()).unwrap_or_default()
    }

    /// Notes how many environments the project has.
    fn count(&self, transaction: &mut Transaction, environments: u64) -> Result<(), StoreError> {
        let next = ProjectRow { environments, ..self.project.clone() };
        put_project(transaction, &self.store.0.tables.core, Some(self.project), &next)
    }

    fn write(
        &self,
        transaction: Transaction,
        action: Action,
        next: Option<&NextVersion>,
        changes: Vec<Changed>,
        answer: StoredAnswer,
        content: Option<Content>,
    ) -> Write {
        let at = next.map_or_else(|| self.store.0.clock.now(), |next| next.tip.published);
        let version = next.map(|next| next.tip.version);
        let author = &self.call.author;
        let audit = records::of_environment(self.id, author, action, at, version, changes);
        Write { transaction, audit, answer, content }
    }
}
