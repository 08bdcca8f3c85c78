//! How `pennon-local` is told what to do. The only file here that reads the environment, through `clap`.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use clap::{
    Parser,
    builder::{OsStringValueParser, TypedValueParser},
};
use pennon_domain::Bucketing;

/// Runs every Pennon function on one local port, over an embedded DynamoDB.
///
/// Each option may also be given by the environment variable that it names.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct Options {
    /// A flagd definition file to serve, published again whenever it changes. Without it, a demo environment.
    #[arg(long, env = "FLAGS", value_name = "FILE", value_parser = path())]
    pub flags: Option<PathBuf>,

    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 9000)]
    pub port: u16,

    /// The generation of percentage bucketing: `v3`, or `v2` for flags from flagd 0.16 and earlier.
    #[arg(long, env = "BUCKETING", default_value_t)]
    pub bucketing: Bucketing,

    /// Where to keep the data between runs. Without it, the data is in memory.
    #[arg(long, env = "DATA_DIR", value_name = "DIR", value_parser = path())]
    pub data_dir: Option<PathBuf>,

    /// The port of the embedded DynamoDB on 127.0.0.1, for programs that want to share it; 0 takes any free one.
    #[arg(long, env = "DYNAMODB_PORT", default_value_t = 0, value_name = "PORT")]
    pub dynamodb_port: u16,

    /// Requests per second that each route takes before it answers 429, as an API Gateway method throttle does. Without
    /// it, there is no limit.
    #[arg(long, env = "RATE_LIMIT", value_name = "REQUESTS")]
    pub rate_limit: Option<NonZeroU32>,

    /// Requests that a route takes at once before the rate counts; by default as many as the rate.
    #[arg(long, env = "BURST_LIMIT", value_name = "REQUESTS", requires = "rate_limit")]
    pub burst_limit: Option<NonZeroU32>,
}

impl Options {
    /// The flag file, if one was given. An empty variable is one that was not set.
    pub(crate) fn flags(&self) -> Option<&Path> {
        self.flags.as_deref().filter(|path| !path.as_os_str().is_empty())
    }

    /// The data directory, likewise.
    pub(crate) fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref().filter(|path| !path.as_os_str().is_empty())
    }
}

/// Reads a path that may be empty, which clap's own parser refuses.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}
