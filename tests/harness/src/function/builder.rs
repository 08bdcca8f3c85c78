//! What a function is made of.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};

use super::{Function, Inner, Output, pool::Pool};
use crate::{logs::Logs, process::Program};

const REGION: &str = "us-east-1";

/// Makes a [`Function`]; see [`Function::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    name: Option<String>,
    binary: PathBuf,
    arguments: Vec<String>,
    directory: Option<PathBuf>,
    variables: BTreeMap<String, String>,
    memory_mb: u32,
    timeout: Duration,
    concurrency: usize,
    freeze: bool,
    output: Output,
}

impl Builder {
    pub(super) fn new(binary: PathBuf) -> Self {
        Self {
            name: None,
            binary,
            arguments: Vec::new(),
            directory: None,
            variables: BTreeMap::new(),
            memory_mb: 128,
            timeout: Duration::from_secs(3),
            concurrency: 10,
            freeze: false,
            output: Output::Collect,
        }
    }

    /// What the function is called. Otherwise as its binary.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// An argument for the binary, for one that is an interpreter.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Where the binary runs. Otherwise where this program does.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// A variable of its environment. It inherits none; Lambda's own ones, a region and credentials are set unless they are
    /// said here.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The memory size, in MB. It is told to the process; nothing limits it.
    #[must_use]
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.memory_mb = memory_mb;
        self
    }

    /// How long an invocation may take before its process is killed. The init phase has ten seconds of its own.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many invocations there may be at once, and so how many processes. More are [`Failure::Throttled`].
    ///
    /// [`Failure::Throttled`]: crate::Failure::Throttled
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Whether a process is stopped (SIGSTOP) while it has no event, as in the service. Otherwise it waits.
    #[must_use]
    pub fn freeze(mut self, freeze: bool) -> Self {
        self.freeze = freeze;
        self
    }

    /// Where what it prints goes.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.output = output;
        self
    }

    /// The function. It starts no process before its first invocation.
    pub fn build(self) -> Function {
        let name = self.name.clone().unwrap_or_else(|| {
            self.binary.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
        });
        let program = Program {
            variables: self.environment(&name),
            binary: self.binary,
            arguments: self.arguments,
            directory: self.directory,
            output: self.output,
        };
        Function(Arc::new_cyclic(|this: &Weak<Inner>| Inner {
            arn: format!("arn:aws:lambda:{REGION}:123456789012:function:{name}:live").into(),
            name,
            program,
            memory_mb: self.memory_mb,
            timeout: self.timeout,
            freeze: self.freeze,
            logs: Arc::new(Logs::default()),
            pool: Pool::new(self.concurrency),
            this: this.clone(),
        }))
    }

    /// As "Defined runtime environment variables" in the Lambda developer guide.
    fn environment(&self, name: &str) -> Vec<(String, String)> {
        let mut variables = BTreeMap::from(
            [
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_REGION", REGION),
                ("AWS_DEFAULT_REGION", REGION),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
                ("LANG", "en_US.UTF-8"),
                ("TZ", ":UTC"),
                ("_HANDLER", "bootstrap"),
            ]
            .map(|(variable, value)| (variable.to_owned(), value.to_owned())),
        );
        variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), name.to_owned());
        variables.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), self.memory_mb.to_string());
        variables.insert("AWS_LAMBDA_LOG_GROUP_NAME".to_owned(), format!("/aws/lambda/{name}"));
        variables.extend(self.variables.clone());
        variables.into_iter().collect()
    }
}
