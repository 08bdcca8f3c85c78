//! What the load is for: servers that are started here and end with the run.

mod lab;
mod local;

use std::{io, time::Duration};

pub use self::{
    lab::{DAX_NODES, Lab, LabError, LabOptions, deadlines},
    local::LocalTarget,
};
use crate::{run::Lanes, setup::SetupError};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub enum Target {
    /// `pennon-local`.
    Local(LocalTarget),
    /// The release binaries behind a gateway.
    Harness {
        /// The gateway, and all that is behind it.
        lab: Box<Lab>,
        /// How many requests a function has at once.
        at_once: u32,
    },
}

impl Target {
    /// Starts `pennon-local`.
    ///
    /// # Errors
    /// When it does not serve.
    pub async fn local() -> Result<Self, TargetError> {
        LocalTarget::start().await.map(Self::Local)
    }

    /// Starts the gateway, for so many requests to each function at once.
    ///
    /// # Errors
    /// When something that it needs cannot be started.
    pub async fn harness(at_once: u32) -> Result<Self, TargetError> {
        let concurrency = usize::try_from(2 * at_once).unwrap_or(usize::MAX);
        let options = LabOptions { concurrency, max_stale: Duration::from_hours(1) };
        let lab = Box::new(Lab::start(options).await?);
        Ok(Self::Harness { lab, at_once })
    }

    /// Where it serves, for example `127.0.0.1:40123`.
    pub fn authority(&self) -> String {
        match self {
            Self::Local(local) => local.authority.clone(),
            Self::Harness { lab, .. } => lab.authority(),
        }
    }

    /// A token of somebody who may do everything.
    pub fn token(&self) -> String {
        match self {
            Self::Local(local) => local.token.clone(),
            Self::Harness { lab, .. } => lab.issuer.token(),
        }
    }

    /// How many requests may be under way to each function.
    pub fn lanes(&self) -> Lanes {
        match self {
            Self::Local(_) => Lanes::unlimited(),
            Self::Harness { at_once, .. } => Lanes::of(*at_once),
        }
    }

    /// The processes that answer at the moment.
    pub fn processes(&self) -> Vec<u32> {
        match self {
            Self::Local(local) => vec![local.id()],
            Self::Harness { lab, .. } => lab.processes(),
        }
    }
}

/// What keeps a server from serving.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file or a process cannot be had.
    #[error("{what}")]
    Io {
        /// What was to be had.
        what: String,
        /// Why it cannot.
        source: io::Error,
    },
    /// It ended, or said nothing in time.
    #[error("{program} does not serve:\n{output}")]
    Silent {
        /// The program.
        program: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// The functions, or what they depend on, cannot be started.
    #[error("the functions cannot be started")]
    Lab(#[source] Box<LabError>),
    /// It serves, but does not do what is asked of it.
    #[error("the environments cannot be made")]
    SetUp(#[from] SetupError),
}

impl TargetError {
    /// From an error of the system, with what was to be had.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
