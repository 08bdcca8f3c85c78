//! A change as others are told of it: what was changed and by whom, but not what it was and what it is now.

use serde::Serialize;

use super::{Action, AuditEntry, Changed};
use crate::{EnvironmentKey, ProjectKey, Timestamp};

/// Bytes of the detail of an event. EventBridge takes 256 KB for all events of a request, names included.
const MAX_DETAIL_BYTES: usize = 200 * 1024;

/// What is said of a change to whoever listens. Made of an [`AuditEntry`] alone, so that it is the same each time it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeEvent {
    /// When it was changed.
    pub at: Timestamp,
    /// The project. Events of a project are told in the order of the changes.
    pub project: ProjectKey,
    /// What was changed, in words that rules match: `Flag Changed`.
    pub detail_type: &'static str,
    /// A JSON object of at most 200 KiB: `id` (that of the audit entry, the same on every delivery), `time`, `project`, and so on.
    pub detail: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    id: &'a str,
    time: String,
    project: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    action: &'static str,
    actor: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_version: Option<u64>,
    /// The one thing that was changed, so that rules can name it; absent if there are several.
    #[serde(flatten)]
    subject: Option<Subject<'a>>,
    changes: Vec<Change<'a>>,
    /// Whether `changes` may lack some, and does not say of each what became of it.
    truncated: bool,
}

#[derive(Serialize)]
struct Subject<'a> {
    kind: &'static str,
    key: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    #[serde(flatten)]
    subject: Subject<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
}

impl ChangeEvent {
    /// What is said of that change.
    pub fn of(entry: &AuditEntry) -> Self {
        Self {
            at: entry.at,
            project: entry.project.clone(),
            detail_type: detail_type(entry.action),
            detail: detail(entry),
        }
    }
}

/// By what was changed; `detail.action` says what was done.
fn detail_type(action: Action) -> &'static str {
    match action {
        Action::ProjectCreated | Action::ProjectUpdated | Action::ProjectDeleted => "Project Changed",
        Action::EnvironmentCreated | Action::EnvironmentUpdated | Action::EnvironmentDeleted => {
            "Environment Changed"
        }
        Action::FlagPut | Action::FlagDeleted | Action::FlagRolledBack => "Flag Changed",
        Action::SegmentPut | Action::SegmentDeleted => "Segment Changed",
        Action::Imported | Action::Promoted | Action::RolledBack => "Flags Changed",
        Action::KeyCreated | Action::KeyRevoked => "SDK Key Changed",
    }
}

/// The names of what was changed, as many as fit.
fn detail(entry: &AuditEntry) -> String {
    let mut changes = entry.changes.as_slice();
    loop {
        let truncated = entry.truncated || changes.len() < entry.changes.len();
        let json = serde_json::json!(Detail::new(entry, changes, truncated)).to_string();
        if json.len() <= MAX_DETAIL_BYTES || changes.is_empty() {
            return json;
        }
        changes = changes.split_at(changes.len() / 2).0;
    }
}

impl<'a> Detail<'a> {
    fn new(entry: &'a AuditEntry, changes: &'a [Changed], truncated: bool) -> Self {
        let subject = match entry.changes.as_slice() {
            [one] => Some(Subject::of(one)),
            _ => None,
        };
        Self {
            id: &entry.id,
            time: entry.at.to_rfc3339(),
            project: entry.project.as_str(),
            environment: entry.environment.as_ref().map(EnvironmentKey::as_str),
            action: entry.action.as_str(),
            actor: &entry.actor,
            request_id: &entry.request_id,
            version: entry.version,
            // Each version is made of the one before it.
            previous_version: entry.version.and_then(|version| version.checked_sub(1)).filter(|n| *n > 0),
            subject,
            changes: changes.iter().map(Change::of).collect(),
            truncated,
        }
    }
}

impl<'a> Subject<'a> {
    fn of(changed: &'a Changed) -> Self {
        Self { kind: changed.kind.as_str(), key: &changed.key }
    }
}

impl<'a> Change<'a> {
    fn of(changed: &'a Changed) -> Self {
        let change = match (&changed.before, &changed.after) {
            (None, Some(_)) => Some("created"),
            (Some(_), Some(_)) => Some("updated"),
            (Some(_), None) => Some("deleted"),
            // The texts were too large to be kept.
            (None, None) => None,
        };
        Self { subject: Subject::of(changed), change }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Kind, limits};

    fn entry(changes: Vec<Changed>) -> AuditEntry {
        AuditEntry {
            id: "01KAJ0Z3TQ0000000000000000".to_owned(),
            at: Timestamp::from_millis(1_795_251_600_123),
            actor: "ada".to_owned(),
            request_id: "r-1".to_owned(),
            project: "shop".parse().unwrap(),
            environment: Some("production".parse().unwrap()),
            version: Some(7),
            action: Action::FlagPut,
            changes,
            truncated: false,
        }
    }

    fn changed(key: &str, before: Option<&str>, after: Option<&str>) -> Changed {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Changed { kind: Kind::Flag, key: key.to_owned(), before: text(before), after: text(after) }
    }

    fn detail_of(entry: &AuditEntry) -> Value {
        serde_json::from_str(&ChangeEvent::of(entry).detail).unwrap()
    }

    #[test]
    fn an_event_says_who_changed_what_and_not_how_it_reads() {
        let entry = entry(vec![changed("cart", Some(r#"{"state":"A"}"#), Some(r#"{"state":"B"}"#))]);
        let event = ChangeEvent::of(&entry);
        assert_eq!((event.at, event.detail_type), (entry.at, "Flag Changed"));
        assert_eq!(
            detail_of(&entry),
            json!({
                "id": "01KAJ0Z3TQ0000000000000000",
                "time": "2026-11-21T09:00:00.123Z",
                "project": "shop",
                "environment": "production",
                "action": "flag.put",
                "actor": "ada",
                "requestId": "r-1",
                "version": 7,
                "previousVersion": 6,
                "kind": "flag",
                "key": "cart",
                "changes": [{ "kind": "flag", "key": "cart", "change": "updated" }],
                "truncated": false,
            })
        );
        assert_eq!(ChangeEvent::of(&entry), event);
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let bare = AuditEntry { environment: None, version: None, ..entry(Vec::new()) };
        let detail = detail_of(&bare);
        for member in ["environment", "version", "previousVersion", "kind", "key"] {
            assert_eq!(detail.get(member), None, "{member}");
        }
        let first = AuditEntry { version: Some(1), ..bare };
        assert_eq!(detail_of(&first).get("previousVersion"), None);
    }

    #[test]
    fn each_thing_says_what_became_of_it() {
        let changes =
            vec![changed("a", None, Some("1")), changed("b", Some("1"), None), changed("c", None, None)];
        let detail = detail_of(&entry(changes));
        let became: Vec<_> =
            detail["changes"].as_array().unwrap().iter().map(|one| one.get("change")).collect();
        assert_eq!(became, [Some(&json!("created")), Some(&json!("deleted")), None]);
        assert_eq!(detail.get("key"), None);
    }

    #[test]
    fn names_that_do_not_fit_are_left_out() {
        let name = |n: usize| format!("{n:0>width$}", width = limits::MAX_FLAG_KEY_BYTES);
        let changes: Vec<_> =
            (0..limits::MAX_FLAGS).map(|n| changed(&name(n), Some("1"), Some("2"))).collect();
        let event = ChangeEvent::of(&entry(changes));
        assert!(event.detail.len() <= MAX_DETAIL_BYTES);
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(detail["truncated"], true);
        assert!(detail["changes"].as_array().unwrap().len() > 300);
    }

    #[test]
    fn every_action_has_a_type() {
        for action in Action::ALL {
            assert!(detail_type(action).ends_with(" Changed"), "{action:?}");
        }
    }
}
