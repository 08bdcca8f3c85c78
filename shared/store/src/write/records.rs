//! What the audit says of a change.

use pennon_domain::{
    Action, AuditEntry, Author, Changed, EnvironmentId, EnvironmentInfo, KeyInfo, Kind, Project, ProjectKey,
    Timestamp,
};
use serde_json::json;

use crate::ulid::ulid;

/// The entry of a change that makes a version of an environment, or, without one, changes how it is managed.
pub(crate) fn of_environment(
    id: &EnvironmentId,
    author: &Author,
    action: Action,
    at: Timestamp,
    version: Option<u64>,
    changes: Vec<Changed>,
) -> AuditEntry {
    let entry = of_project(&id.project(), author, action, at, changes);
    AuditEntry { environment: Some(id.key()), version, ..entry }
}

/// The entry of a change of a project.
pub(crate) fn of_project(
    project: &ProjectKey,
    author: &Author,
    action: Action,
    at: Timestamp,
    changes: Vec<Changed>,
) -> AuditEntry {
    AuditEntry {
        id: ulid(at),
        at,
        actor: author.actor.clone(),
        request_id: author.request_id.clone(),
        project: project.clone(),
        environment: None,
        version: None,
        action,
        changes,
        truncated: false,
    }
}

/// A change of a project's own members.
pub(crate) fn project_changed(before: Option<&Project>, after: Option<&Project>) -> Option<Changed> {
    let key = before.or(after)?.key.to_string();
    let text = |project: &Project| {
        json!({ "key": project.key.as_str(), "name": project.name, "description": project.description })
            .to_string()
    };
    Some(Changed { kind: Kind::Project, key, before: before.map(text), after: after.map(text) })
}

/// A change of how an environment is managed.
pub(crate) fn environment_changed(
    before: Option<&EnvironmentInfo>,
    after: Option<&EnvironmentInfo>,
) -> Option<Changed> {
    let key = before.or(after)?.key.as_str().to_owned();
    let text = |info: &EnvironmentInfo| {
        json!({
            "key": info.key.as_str(),
            "name": info.name,
            "description": info.description,
            "bucketing": info.bucketing.as_str(),
        })
        .to_string()
    };
    Some(Changed { kind: Kind::Environment, key, before: before.map(text), after: after.map(text) })
}

/// A change of an SDK key; never with anything that opens the environment.
pub(crate) fn key_changed(kid: &str, before: Option<&KeyInfo>, after: Option<&KeyInfo>) -> Changed {
    let text = |info: &KeyInfo| {
        json!({
            "kid": info.kid,
            "name": info.name,
            "scope": info.scope.as_str(),
            "created": info.created.to_rfc3339(),
            "createdBy": info.created_by,
            "expires": info.expires.map(Timestamp::to_rfc3339),
        })
        .to_string()
    };
    Changed { kind: Kind::Key, key: kid.to_owned(), before: before.map(text), after: after.map(text) }
}
