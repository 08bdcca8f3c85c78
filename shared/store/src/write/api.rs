//! The signatures of what is being built.

use pennon_domain::{
    AuditEntry, Call, ChangeError, Definition, EnvironmentId, EnvironmentInfo, EnvironmentKey, KeyInfo, Page,
    Project, ProjectKey, Refusal, StoreError, StoredAnswer,
};

use super::{Decision, EnvironmentDecision, ProjectDecision};
use crate::{Current, Store};

fn not_yet() -> StoreError {
    StoreError::Unavailable { context: "not built yet", source: None }
}

#[expect(clippy::unused_async, reason = "being built")]
impl Store {
    /// The environment as it is now.
    pub async fn current(&self, _id: &EnvironmentId) -> Result<Option<Current>, StoreError> {
        Err(not_yet())
    }

    /// Changes the content of an environment.
    pub async fn change(
        &self,
        _id: &EnvironmentId,
        _call: &Call,
        _decide: impl Fn(&Current) -> Result<Decision, Refusal> + Send + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        Err(not_yet().into())
    }

    /// The content that one of the last 20 versions had, verified. `None`: it is not kept.
    pub async fn definition_at(
        &self,
        _id: &EnvironmentId,
        _version: u64,
    ) -> Result<Option<Definition>, StoreError> {
        Err(not_yet())
    }

    /// A part of the list of projects, by key.
    pub async fn projects(&self, _after: Option<&str>, _limit: usize) -> Result<Page<Project>, StoreError> {
        Err(not_yet())
    }

    /// A project.
    pub async fn project(&self, _key: &ProjectKey) -> Result<Option<Project>, StoreError> {
        Err(not_yet())
    }

    /// Makes, changes or deletes a project.
    pub async fn change_project(
        &self,
        _key: &ProjectKey,
        _call: &Call,
        _decide: impl Fn(Option<&Project>) -> Result<ProjectDecision, Refusal> + Send + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        Err(not_yet().into())
    }

    /// A part of the list of a project's environments, by key.
    pub async fn environments(
        &self,
        _project: &ProjectKey,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Page<EnvironmentInfo>, StoreError> {
        Err(not_yet())
    }

    /// An environment, as it is managed.
    pub async fn environment_info(&self, _id: &EnvironmentId) -> Result<Option<EnvironmentInfo>, StoreError> {
        Err(not_yet())
    }

    /// Makes, changes or deletes an environment.
    pub async fn change_environment(
        &self,
        _id: &EnvironmentId,
        _call: &Call,
        _decide: impl Fn(Option<(&EnvironmentInfo, &Current)>) -> Result<EnvironmentDecision, Refusal>
        + Send
        + Sync,
    ) -> Result<StoredAnswer, ChangeError> {
        Err(not_yet().into())
    }

    /// A part of the list of an environment's SDK keys, by key identifier.
    pub async fn keys(
        &self,
        _id: &EnvironmentId,
        _after: Option<&str>,
        _limit: usize,
    ) -> Result<Page<KeyInfo>, StoreError> {
        Err(not_yet())
    }

    /// An SDK key, as it is managed.
    pub async fn key(&self, _id: &EnvironmentId, _kid: &str) -> Result<Option<KeyInfo>, StoreError> {
        Err(not_yet())
    }

    /// A part of what was changed in a project, or in one of its environments: newest first.
    pub async fn audit(
        &self,
        _project: &ProjectKey,
        _environment: Option<&EnvironmentKey>,
        _before: Option<&str>,
        _limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        Err(not_yet())
    }

    /// A part of the changes of a flag: newest first, changes of several flags included.
    pub async fn history(
        &self,
        _id: &EnvironmentId,
        _flag: &str,
        _before: Option<&str>,
        _limit: usize,
    ) -> Result<Page<AuditEntry>, StoreError> {
        Err(not_yet())
    }
}
