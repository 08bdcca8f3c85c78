//! Who may do what.

use std::collections::BTreeMap;

use crate::{ProjectKey, Timestamp};

/// The part of an SDK key that is stored: enough to recognise the key, not enough to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// SHA-256 of the secret. The secret has 256 bits of entropy, so no slow hash is needed.
    pub hash: [u8; 32],
    /// What the key gives access to.
    pub scope: Scope,
    /// When the key stops working; `None` is never.
    pub expires: Option<Timestamp>,
}

/// What an SDK key gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything in the environment: for back ends, which keep the key secret.
    Server,
    /// The values of the flags that are marked `clientVisible`, and nothing else: for browsers and apps, whose keys anybody
    /// can read.
    Client,
}

impl Scope {
    /// The name that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// The scope of that name, or `None`: a key with a scope that this version does not know opens nothing.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Server, Self::Client].into_iter().find(|scope| scope.as_str() == name)
    }
}

/// What a person or a program may do in a project. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads everything but secrets, which nobody reads.
    Viewer,
    /// Changes flags and segments.
    Editor,
    /// Changes projects, environments and SDK keys.
    Admin,
}

impl Role {
    /// The name in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Viewer, Self::Editor, Self::Admin].into_iter().find(|role| role.as_str() == name)
    }
}

/// Whoever holds a valid token, and what it lets them do.
///
/// A grant is written `role`, for every project, or `project:role`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    subject: String,
    everywhere: Option<Role>,
    projects: BTreeMap<ProjectKey, Role>,
}

/// The names that a principal has between an authorizer and a function.
const SUBJECT: &str = "sub";
const GRANTS: &str = "grants";

impl Principal {
    /// A principal with those grants. A grant that is none of ours is ignored: tokens carry the roles of other services too. Of
    /// several for the same project the highest counts.
    pub fn new<'g>(subject: impl Into<String>, grants: impl IntoIterator<Item = &'g str>) -> Self {
        let mut principal = Self { subject: subject.into(), everywhere: None, projects: BTreeMap::new() };
        for grant in grants {
            principal.add(grant);
        }
        principal
    }

    /// Who it is: the `sub` of the token. What the audit calls the actor.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its role in a project.
    pub fn role_in(&self, project: &ProjectKey) -> Option<Role> {
        self.everywhere.max(self.projects.get(project).copied())
    }

    /// Its highest role anywhere.
    pub fn highest_role(&self) -> Option<Role> {
        self.everywhere.max(self.projects.values().copied().max())
    }

    /// The principal as an API Gateway authorizer passes it on: strings only.
    pub fn to_context(&self) -> BTreeMap<String, String> {
        let everywhere = self.everywhere.map(|role| role.as_str().to_owned());
        let projects = self.projects.iter().map(|(project, role)| format!("{project}:{}", role.as_str()));
        let grants: Vec<String> = everywhere.into_iter().chain(projects).collect();
        [(SUBJECT, self.subject.clone()), (GRANTS, grants.join(" "))]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    /// The principal that [`Principal::to_context`] wrote; `None` when the authorizer passed none on.
    pub fn from_context(context: &BTreeMap<String, String>) -> Option<Self> {
        let subject = context.get(SUBJECT).filter(|subject| !subject.is_empty())?;
        Some(Self::new(subject, context.get(GRANTS)?.split(' ')))
    }

    fn add(&mut self, grant: &str) {
        if let Some(role) = Role::from_name(grant) {
            self.everywhere = self.everywhere.max(Some(role));
            return;
        }
        let Some((project, role)) = grant.rsplit_once(':') else { return };
        if let (Ok(project), Some(role)) = (project.parse(), Role::from_name(role)) {
            let highest = self.projects.get(&project).copied().max(Some(role)).unwrap_or(role);
            self.projects.insert(project, highest);
        }
    }
}

/// Why a request was turned away. What the caller is told never depends on more than the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No key, or none that opens an environment. Unknown, wrong, expired and revoked keys all look alike.
    #[error("the SDK key is missing or not valid")]
    Unauthenticated,
    /// No token, or none that is valid.
    #[error("the access token is missing or not valid")]
    NoToken,
    /// It is known who asks, and that they may not.
    #[error("you do not have the role that this needs")]
    Forbidden,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_found_by_its_own_name_alone() {
        for scope in [Scope::Server, Scope::Client] {
            assert_eq!(Scope::from_name(scope.as_str()), Some(scope));
        }
        for unknown in ["", "Server", "galaxy", "server "] {
            assert_eq!(Scope::from_name(unknown), None, "{unknown:?}");
        }
    }

    fn project(key: &str) -> ProjectKey {
        key.parse().unwrap()
    }

    #[test]
    fn a_role_in_a_project_is_the_higher_of_both_grants() {
        let principal = Principal::new("ada", ["shop:admin", "viewer", "blog:viewer", "blog:editor"]);
        assert_eq!(principal.role_in(&project("shop")), Some(Role::Admin));
        assert_eq!(principal.role_in(&project("blog")), Some(Role::Editor));
        assert_eq!(principal.role_in(&project("else")), Some(Role::Viewer));
        assert_eq!(principal.highest_role(), Some(Role::Admin));
    }

    #[test]
    fn what_is_no_grant_grants_nothing() {
        let principal =
            Principal::new("eve", ["", "Admin", "root", "shop:root", ":admin", "SHOP:admin", "a:b:admin"]);
        assert_eq!(principal.highest_role(), None);
        assert_eq!(principal.role_in(&project("shop")), None);
    }

    #[test]
    fn a_principal_survives_the_way_through_the_gateway() {
        let principal = Principal::new("ada", ["editor", "shop:admin", "blog:viewer"]);
        assert_eq!(Principal::from_context(&principal.to_context()), Some(principal));
        let nobody = Principal::new("eve", []);
        assert_eq!(Principal::from_context(&nobody.to_context()), Some(nobody));
        assert_eq!(Principal::from_context(&BTreeMap::new()), None);
    }
}
