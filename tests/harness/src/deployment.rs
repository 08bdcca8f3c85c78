//! What a template deploys, over binaries in a folder.

use std::{collections::BTreeMap, env, io, path::PathBuf};

use pennon_template::{Template, TemplateError};

use crate::{Function, Output};

/// Every function of a template, with the memory, timeout and variables that it says.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// What is deployed.
    pub template: Template,
    /// Where the binaries are: `<binaries>/<function>`, for example `target/release`.
    pub binaries: PathBuf,
    /// Variables for every function, for example what a real deployment knows: tables and the issuer. They win over the template's.
    pub variables: BTreeMap<String, String>,
    /// How many processes a function has at most.
    pub concurrency: usize,
    /// Whether processes are stopped between events.
    pub freeze: bool,
    /// Whether the gateway enforces the template's throttles.
    pub throttles: bool,
    /// Where what the functions print goes.
    pub output: Output,
}

impl Deployment {
    /// The template of this workspace over those binaries: without throttles and without freezing, up to ten processes a function.
    ///
    /// # Errors
    /// When the template is not valid, which a test sees to.
    pub fn ours(binaries: impl Into<PathBuf>) -> Result<Self, TemplateError> {
        Ok(Self {
            template: Template::ours()?,
            binaries: binaries.into(),
            variables: BTreeMap::new(),
            concurrency: 10,
            freeze: false,
            throttles: false,
            output: Output::Collect,
        })
    }

    /// With a variable for every function.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A function of the template, ready to run.
    pub fn function(&self, deployed: &pennon_template::Function) -> Function {
        let builder = Function::builder(self.binaries.join(&deployed.name))
            .name(&deployed.name)
            .memory_mb(deployed.memory_mb)
            .timeout(deployed.timeout)
            .concurrency(self.concurrency)
            .freeze(self.freeze)
            .output(self.output);
        let mut variables = deployed.variables.clone();
        variables.extend(self.variables.clone());
        variables.into_iter().fold(builder, |builder, (name, value)| builder.variable(name, value)).build()
    }
}

/// Where `cargo build --release` leaves the binaries, for a program that is in the same target directory itself.
///
/// # Errors
/// When this program is not where cargo leaves programs.
pub fn release_binaries() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let profile = program.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let target = profile.and_then(|profile| profile.parent());
    let target = target.ok_or_else(|| io::Error::other("this program is in no target directory"))?;
    Ok(target.join("release"))
}
