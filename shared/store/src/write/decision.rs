//! What a caller decides on, given what there is.

use pennon_domain::{Action, Definition, EnvironmentInfo, KeyInfo, KeyRecord, Project, StoredAnswer};

/// What becomes of the content of an environment.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is moved once")]
pub enum Decision {
    /// It is already as it was asked to be: nothing is written but the answer, for retries.
    Unchanged(StoredAnswer),
    /// It becomes the next version, [`Current::next_version`](crate::Current::next_version).
    Change {
        /// What the audit calls it.
        action: Action,
        /// The new content; `None` leaves it as it is.
        definition: Option<Definition>,
        /// What happens to the SDK keys.
        key: Option<KeyEdit>,
        /// What the caller is told, and told again on a retry.
        answer: StoredAnswer,
    },
}

/// What happens to one SDK key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEdit {
    /// It opens the environment from now on. What is managed and what is checked are of the same key: [`KeyInfo::kid`].
    Add(KeyInfo, KeyRecord),
    /// The key of that identifier opens nothing any more.
    Revoke(String),
}

/// What becomes of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectDecision {
    /// It stays as it is.
    Unchanged(StoredAnswer),
    /// It is made, or gets other members. Its `created` counts only when it is made.
    Put {
        /// The project; its key is the one that the change is about.
        project: Project,
        /// What the caller is told.
        answer: StoredAnswer,
    },
    /// It is deleted. Refused as a conflict while it has environments.
    Delete {
        /// What the caller is told.
        answer: StoredAnswer,
    },
}

/// What becomes of an environment as such; for its content see [`Decision`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvironmentDecision {
    /// It stays as it is.
    Unchanged(StoredAnswer),
    /// It is made, without flags, or gets other members. Another bucketing is a new version. Its `created` counts only when
    /// it is made.
    Put {
        /// The environment; its key is the one that the change is about.
        info: EnvironmentInfo,
        /// What the caller is told.
        answer: StoredAnswer,
    },
    /// It is deleted, with its flags and keys.
    Delete {
        /// What the caller is told.
        answer: StoredAnswer,
    },
}
