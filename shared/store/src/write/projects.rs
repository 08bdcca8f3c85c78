//! Projects.

use pennon_domain::{
    Action, Call, ChangeError, EnvironmentId, Page, Project, ProjectKey, Refusal, StoreError, StoredAnswer,
};

use super::{
    ProjectDecision,
    attempts::{Proposal, Proposed, Write},
    records,
    transaction::Transaction,
};
use crate::{
    Store,
    item::{ENVIRONMENTS, PROJECTS, ProjectRow, REV},
    listing::list,
    table::Table,
};

struct ProjectChange<'a, D> {
    key: &'a ProjectKey,
    call: &'a Call,
    decide: D,
}

impl Store {
    /// A part of the list of projects, by key: at most `limit` of those after `after`.
    pub async fn projects(&self, after: Option<&str>, limit: usize) -> Result<Page<Project>, StoreError> {
        let read = |item: &_| {
            let row = ProjectRow::decode(item)?;
            Ok((!row.deleted).then_some(row.project))
        };
        let key = |project: &Project| project.key.to_string();
        list(&self.0.tables.core, (PROJECTS.to_owned(), "P#"), after, limit, read, key).await
    }

    /// A project. `None`: there is none.
    pub async fn project(&self, key: &ProjectKey) -> Result<Option<Project>, StoreError> {
        Ok(self.project_row(key).await?.filter(|row| !row.deleted).map(|row| row.project))
    }

    /// Makes, changes or deletes a project. See [`Store::change`] for what holds for every change.
    ///
    /// # Errors
    /// What `decide` refuses; [`Refusal::Conflict`] when a project with environments is to be deleted;
    /// [`Refusal::IdempotencyKeyReused`].
    pub async fn change_project(
        &self,
        key: &ProjectKey,
        call: &Call,
        decide: impl Fn(Option<&Project>) -> Result<ProjectDecision, Refusal> + Send + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        Ok(self.attempt(call, &ProjectChange { key, call, decide }).await?.answer)
    }

    /// A project as it is stored, deleted or not.
    pub(crate) async fn project_row(&self, key: &ProjectKey) -> Result<Option<ProjectRow>, StoreError> {
        let item = self.0.tables.core.get(ProjectRow::key(key), "reading a project").await?;
        item.map(|item| ProjectRow::decode(&item)).transpose()
    }
}

impl<D> Proposal for ProjectChange<'_, D>
where
    D: Fn(Option<&Project>) -> Result<ProjectDecision, Refusal> + Send + Sync,
{
    fn environment(&self) -> Option<&EnvironmentId> {
        None
    }

    async fn propose(&self, store: &Store) -> Result<Proposed, ChangeError> {
        let row = store.project_row(self.key).await?;
        let existing = row.as_ref().filter(|row| !row.deleted);
        let before = existing.map(|row| &row.project);
        let now = store.0.clock.now();
        let (action, after, answer) = match (self.decide)(before)? {
            ProjectDecision::Unchanged(answer) => return Ok(Proposed::Unchanged(answer)),
            ProjectDecision::Put { project, answer } if before.is_some() => {
                (Action::ProjectUpdated, Some(project), answer)
            }
            ProjectDecision::Put { project, answer } => (Action::ProjectCreated, Some(project), answer),
            ProjectDecision::Delete { answer } => (Action::ProjectDeleted, None, answer),
        };
        let next = next_row(row.as_ref(), after.as_ref())?;
        let mut transaction = Transaction::default();
        put_project(&mut transaction, &store.0.tables.core, row.as_ref(), &next)?;
        let shown = after.is_some().then_some(&next.project);
        let changes = records::project_changed(before, shown).into_iter().collect();
        let audit = records::of_project(self.key, &self.call.author, action, now, changes);
        Ok(Proposed::Write(Box::new(Write { transaction, audit, answer, content: None })))
    }
}

/// What becomes of a project's row: the project as it is to be, or its tombstone.
fn next_row(row: Option<&ProjectRow>, after: Option<&Project>) -> Result<ProjectRow, Refusal> {
    match (row, after) {
        (None, Some(project)) => Ok(ProjectRow::new(project.clone())),
        (Some(row), Some(project)) => {
            let created = if row.deleted { project.created } else { row.project.created };
            Ok(row.with(Project { created, ..project.clone() }, false))
        }
        (Some(row), None) if row.deleted => Err(Refusal::NotFound("project")),
        (Some(row), None) if row.environments > 0 => {
            Err(Refusal::conflict("the project has environments: delete them first"))
        }
        (Some(row), None) => Ok(row.with(row.project.clone(), true)),
        (None, None) => Err(Refusal::NotFound("project")),
    }
}

/// Writes a project's row on the condition that nothing in it has changed since it was read: neither the project nor how many
/// environments it has.
pub(crate) fn put_project(
    transaction: &mut Transaction,
    core: &Table,
    over: Option<&ProjectRow>,
    next: &ProjectRow,
) -> Result<(), StoreError> {
    match over {
        None => transaction.put_new(core, next.encode()),
        Some(row) => {
            let expected = [(REV, row.rev), (ENVIRONMENTS, row.environments)];
            transaction.put_over(core, next.encode(), &expected)
        }
    }
}
