//! The record of a change.

use crate::{EnvironmentKey, ProjectKey, Timestamp};

/// Who changes something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The subject of the token.
    pub actor: String,
    /// The request that asked for it.
    pub request_id: String,
    /// When the request arrived.
    pub at: Timestamp,
}

/// One change, as it is remembered for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// A ULID: sorts by time, and within an environment by version.
    pub id: String,
    /// When it was made.
    pub at: Timestamp,
    /// The subject of the token that it was made with.
    pub actor: String,
    /// The request that asked for it.
    pub request_id: String,
    /// Where.
    pub project: ProjectKey,
    /// In which environment; `None` for a change of the project itself.
    pub environment: Option<EnvironmentKey>,
    /// The version that it made; `None` where none was.
    pub version: Option<u64>,
    /// What was done.
    pub action: Action,
    /// What it changed, by kind and key.
    pub changes: Vec<Changed>,
    /// Whether `before` and `after` were too large to be kept; the kinds and keys are, as many as fit into 250 KB packed.
    pub truncated: bool,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A project was made.
    ProjectCreated,
    /// A project got another name or description.
    ProjectUpdated,
    /// A project was deleted.
    ProjectDeleted,
    /// An environment was made.
    EnvironmentCreated,
    /// An environment got another name or description.
    EnvironmentUpdated,
    /// An environment was deleted.
    EnvironmentDeleted,
    /// A flag was made, changed or patched.
    FlagPut,
    /// A flag was deleted.
    FlagDeleted,
    /// A flag was given the content of an earlier version.
    FlagRolledBack,
    /// A segment was made or changed.
    SegmentPut,
    /// A segment was deleted.
    SegmentDeleted,
    /// A definition file was imported.
    Imported,
    /// Flags were taken over from another environment.
    Promoted,
    /// An environment was given the content of an earlier version.
    RolledBack,
    /// An SDK key was made.
    KeyCreated,
    /// An SDK key was revoked.
    KeyRevoked,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 16] = [
        Self::ProjectCreated,
        Self::ProjectUpdated,
        Self::ProjectDeleted,
        Self::EnvironmentCreated,
        Self::EnvironmentUpdated,
        Self::EnvironmentDeleted,
        Self::FlagPut,
        Self::FlagDeleted,
        Self::FlagRolledBack,
        Self::SegmentPut,
        Self::SegmentDeleted,
        Self::Imported,
        Self::Promoted,
        Self::RolledBack,
        Self::KeyCreated,
        Self::KeyRevoked,
    ];

    /// The name on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProjectCreated => "project.created",
            Self::ProjectUpdated => "project.updated",
            Self::ProjectDeleted => "project.deleted",
            Self::EnvironmentCreated => "environment.created",
            Self::EnvironmentUpdated => "environment.updated",
            Self::EnvironmentDeleted => "environment.deleted",
            Self::FlagPut => "flag.put",
            Self::FlagDeleted => "flag.deleted",
            Self::FlagRolledBack => "flag.rolled-back",
            Self::SegmentPut => "segment.put",
            Self::SegmentDeleted => "segment.deleted",
            Self::Imported => "flags.imported",
            Self::Promoted => "flags.promoted",
            Self::RolledBack => "environment.rolled-back",
            Self::KeyCreated => "key.created",
            Self::KeyRevoked => "key.revoked",
        }
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

/// One thing that a change changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it is.
    pub kind: Kind,
    /// Which one.
    pub key: String,
    /// JSON text from before; `None` if it was not there, or if the entry is truncated.
    pub before: Option<String>,
    /// JSON text from after; `None` if it is gone, or if the entry is truncated.
    pub after: Option<String>,
}

/// What can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A project.
    Project,
    /// An environment.
    Environment,
    /// A flag.
    Flag,
    /// A segment: an entry of `$evaluators`.
    Segment,
    /// Another member of the definition, such as its metadata.
    Member,
    /// An SDK key.
    Key,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Project, Self::Environment, Self::Flag, Self::Segment, Self::Member, Self::Key];

    /// The name on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Environment => "environment",
            Self::Flag => "flag",
            Self::Segment => "segment",
            Self::Member => "member",
            Self::Key => "key",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.as_str()), Some(action));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.as_str()), Some(kind));
        }
    }
}
