//! Projects, environments and SDK keys, as they are managed.

use crate::{Bucketing, EnvironmentKey, ProjectKey, Scope, Timestamp};

/// A project: a team's environments, and what roles are given for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Names it in paths and grants.
    pub key: ProjectKey,
    /// For people.
    pub name: String,
    /// For people; may be empty.
    pub description: String,
    /// When it was made.
    pub created: Timestamp,
}

/// An environment, as it is managed; what it serves is in its definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentInfo {
    /// Names it within its project.
    pub key: EnvironmentKey,
    /// For people.
    pub name: String,
    /// For people; may be empty.
    pub description: String,
    /// The bucketing generation that it is pinned to.
    pub bucketing: Bucketing,
    /// When it was made.
    pub created: Timestamp,
}

/// An SDK key, as it is managed: everything but what would open the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Identifies it; the second part of the key itself.
    pub kid: String,
    /// For people; may be empty.
    pub name: String,
    /// What it gives access to.
    pub scope: Scope,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it stops working; `None` is never.
    pub expires: Option<Timestamp>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next part begins: to be given back as it is. `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}
