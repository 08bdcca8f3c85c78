//! What is managed, as JSON text.

use pennon_domain::{AuditEntry, EnvironmentId, EnvironmentInfo, KeyInfo, Project, ProjectKey, text_tag};
use serde::Serialize;

use super::answer::{Difference, to_text};

/// A project.
pub fn project_text(project: &Project) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct View<'a> {
        key: &'a str,
        name: &'a str,
        description: &'a str,
        created_at: String,
    }
    to_text(&View {
        key: project.key.as_str(),
        name: &project.name,
        description: &project.description,
        created_at: project.created.to_rfc3339(),
    })
}

/// An environment.
pub fn environment_text(project: &ProjectKey, environment: &EnvironmentInfo) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct View<'a> {
        key: &'a str,
        id: &'a str,
        name: &'a str,
        description: &'a str,
        bucketing: &'static str,
        created_at: String,
    }
    to_text(&View {
        key: environment.key.as_str(),
        id: EnvironmentId::new(project, &environment.key).as_str(),
        name: &environment.name,
        description: &environment.description,
        bucketing: environment.bucketing.as_str(),
        created_at: environment.created.to_rfc3339(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView<'a> {
    kid: &'a str,
    name: &'a str,
    scope: &'static str,
    created_at: String,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl<'a> KeyView<'a> {
    fn new(key: &'a KeyInfo) -> Self {
        Self {
            kid: &key.kid,
            name: &key.name,
            scope: key.scope.as_str(),
            created_at: key.created.to_rfc3339(),
            created_by: &key.created_by,
            expires_at: key.expires.map(pennon_domain::Timestamp::to_rfc3339),
            key: None,
            etag: None,
        }
    }
}

/// An SDK key; with `secret` the whole key, which is shown once.
pub fn key_text(key: &KeyInfo, secret: Option<&str>) -> String {
    to_text(&KeyView { key: secret, ..KeyView::new(key) })
}

/// An SDK key in a list.
pub fn key_item(key: &KeyInfo) -> String {
    to_text(&KeyView { etag: Some(text_tag(&key_text(key, None))), ..KeyView::new(key) })
}

/// A record of a change.
pub fn audit_text(entry: &AuditEntry) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct View<'a> {
        id: &'a str,
        at: String,
        actor: &'a str,
        request_id: &'a str,
        action: &'static str,
        project: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        environment: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<u64>,
        changes: Vec<Difference<'a>>,
        truncated: bool,
    }
    to_text(&View {
        id: &entry.id,
        at: entry.at.to_rfc3339(),
        actor: &entry.actor,
        request_id: &entry.request_id,
        action: entry.action.as_str(),
        project: entry.project.as_str(),
        environment: entry.environment.as_ref().map(pennon_domain::EnvironmentKey::as_str),
        version: entry.version,
        changes: entry.changes.iter().map(Difference::from).collect(),
        truncated: entry.truncated,
    })
}

/// A flag or a segment in a list; `text` is its definition.
pub fn definition_item(key: &str, text: &str) -> String {
    let mut item = String::with_capacity(text.len() + key.len() + 80);
    item.push_str("{\"key\":");
    item.push_str(&to_text(&key));
    item.push_str(",\"etag\":\"");
    item.push_str(&text_tag(text));
    item.push_str("\",\"definition\":");
    item.push_str(text);
    item.push('}');
    item
}
