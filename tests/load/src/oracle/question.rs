//! What is asked, and the request that asks it.

use http::{Method, header};

use crate::{client::Call, content::Content, user::User};

/// A key in the form of one that opens nothing.
const UNKNOWN_KEY: &str = "pnn_load.e0_nobody_NotASecretItOnlyLooksLikeOne000000000000000000";

/// What kinds of request there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Every flag for one user, with the entity tag of the last answer.
    Poll,
    /// One flag for one user.
    Evaluate,
    /// The definition file, with the entity tag of the last answer.
    Snapshot,
    /// A flag that does not exist.
    UnknownFlag,
    /// A key that opens nothing.
    UnknownKey,
    /// The definition of a flag, for whoever manages it.
    Manage,
    /// A change.
    Publish,
}

impl Kind {
    /// All of them, as they are listed in tables.
    pub const ALL: [Self; 7] = [
        Self::Poll,
        Self::Evaluate,
        Self::Snapshot,
        Self::UnknownFlag,
        Self::UnknownKey,
        Self::Manage,
        Self::Publish,
    ];

    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll of all flags",
            Self::Evaluate => "one flag",
            Self::Snapshot => "snapshot",
            Self::UnknownFlag => "unknown flag",
            Self::UnknownKey => "unknown key",
            Self::Manage => "management read",
            Self::Publish => "publish",
        }
    }

    /// Whether it is answered by the evaluation plane.
    pub fn evaluates(self) -> bool {
        !matches!(self, Self::Manage | Self::Publish)
    }

    /// Whether its answer is streamed.
    pub fn is_streamed(self) -> bool {
        self == Self::Snapshot
    }
}

/// What a caller remembers of the last answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its entity tag.
    pub tag: String,
    /// The version that it named.
    pub version: u64,
    /// Whether it said that it was stale.
    pub stale: bool,
}

/// What is asked. Environments and flags go by their numbers.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Every flag for a user.
    Poll {
        /// Of which environment.
        environment: usize,
        /// For whom.
        user: User,
        /// The last answer to this user.
        known: Option<Known>,
    },
    /// One flag for a user.
    Evaluate {
        /// Of which environment.
        environment: usize,
        /// For whom.
        user: User,
        /// Which one.
        flag: usize,
    },
    /// The definition file.
    Snapshot {
        /// Of which environment.
        environment: usize,
        /// The last answer.
        known: Option<Known>,
    },
    /// A flag that is not there.
    UnknownFlag {
        /// Of which environment.
        environment: usize,
        /// For whom.
        user: User,
    },
    /// Every flag, with a key that opens nothing.
    UnknownKey {
        /// For whom.
        user: User,
    },
    /// The definition of a flag.
    Manage {
        /// Of which environment.
        environment: usize,
        /// Which one.
        flag: usize,
    },
}

/// What opens the environments: one SDK key for each, and a token for all.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The SDK keys.
    pub keys: Vec<String>,
    /// The access token.
    pub token: String,
}

impl Asked {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Poll { .. } => Kind::Poll,
            Self::Evaluate { .. } => Kind::Evaluate,
            Self::Snapshot { .. } => Kind::Snapshot,
            Self::UnknownFlag { .. } => Kind::UnknownFlag,
            Self::UnknownKey { .. } => Kind::UnknownKey,
            Self::Manage { .. } => Kind::Manage,
        }
    }

    /// The request, with what opens the environment. `names` are those of the environments.
    pub fn call(&self, project: &str, names: &[String], secrets: &Secrets) -> Call {
        let key = |environment: &usize| secrets.keys.get(*environment).map_or("", String::as_str);
        let name = |environment: &usize| names.get(*environment).map_or("", String::as_str);
        match self {
            Self::Poll { environment, user, known } => {
                known_by(evaluate("", *user).bearer(key(environment)), known.as_ref())
            }
            Self::Evaluate { environment, user, flag } => {
                evaluate(&format!("/{}", Content::key(*flag)), *user).bearer(key(environment))
            }
            Self::Snapshot { environment, known } => {
                known_by(Call::get("/v1/snapshot").bearer(key(environment)), known.as_ref())
            }
            Self::UnknownFlag { environment, user } => {
                evaluate("/no-such-flag", *user).bearer(key(environment))
            }
            Self::UnknownKey { user } => evaluate("", *user).bearer(UNKNOWN_KEY),
            Self::Manage { environment, flag } => {
                let (name, flag) = (name(environment), Content::key(*flag));
                Call::get(format!("/v1/projects/{project}/environments/{name}/flags/{flag}"))
                    .bearer(&secrets.token)
            }
        }
    }
}

fn evaluate(flag: &str, user: User) -> Call {
    Call::send(Method::POST, format!("/ofrep/v1/evaluate/flags{flag}"), user.body())
}

fn known_by(call: Call, known: Option<&Known>) -> Call {
    match known {
        Some(known) => call.header(header::IF_NONE_MATCH, known.tag.clone()),
        None => call,
    }
}
