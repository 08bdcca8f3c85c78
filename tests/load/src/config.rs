//! How the programs are told what to do. The only file here that reads the environment, through `clap`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::chaos::Sabotage;

/// Drives a realistic mix of requests at Pennon, checks every answer, and writes what it measured.
///
/// Each option may also be given by the environment variable that it names.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct LoadOptions {
    /// For how long.
    #[arg(long, env = "SECONDS", default_value_t = 30)]
    pub seconds: u64,

    /// Requests a second, whether or not earlier ones were answered. By default 2000 for the local server, 400 for the harness.
    #[arg(long, env = "RATE", value_name = "REQUESTS")]
    pub rate: Option<f64>,

    /// Over how many connections: the most requests that are under way.
    #[arg(long, env = "CONNECTIONS", default_value_t = 32)]
    pub connections: usize,

    /// Whoever gives the same number gets the same questions in the same order.
    #[arg(long, env = "SEED", default_value_t = 1)]
    pub seed: u64,

    /// What the load is for.
    #[arg(long, env = "TARGET", value_enum, default_value_t = Which::Local)]
    pub target: Which,

    /// How many environments: each second one of them changes.
    #[arg(long, env = "ENVIRONMENTS", default_value_t = 8)]
    pub environments: usize,

    /// How many flags each has.
    #[arg(long, env = "FLAG_COUNT", default_value_t = 100, value_name = "FLAGS")]
    pub flags: usize,

    /// Where the table and the plot go.
    #[arg(long, env = "OUTPUT", default_value = "target/load", value_name = "DIR")]
    pub output: PathBuf,
}

/// What the load is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// `pennon-local`: every function in one process.
    Local,
    /// The release binaries of the functions, in processes as Lambda has them.
    Harness,
    /// One after the other.
    Both,
}

/// Breaks what Pennon depends on, one thing after the other, while a load goes on, and checks every answer.
///
/// Each option may also be given by the environment variable that it names.
#[derive(Clone, Debug, Parser)]
#[command(version, about)]
pub struct ChaosOptions {
    /// About for how long: as many things are broken as there is time for.
    #[arg(long, env = "SECONDS", default_value_t = 200)]
    pub seconds: u64,

    /// Requests a second.
    #[arg(long, env = "RATE", default_value_t = 100.0, value_name = "REQUESTS")]
    pub rate: f64,

    /// Whoever gives the same number gets the same questions, and the same random faults.
    #[arg(long, env = "SEED", default_value_t = 1)]
    pub seed: u64,

    /// Break a rule on purpose, by a proxy that lies: then the verdict has to be a failure.
    #[arg(long, env = "SABOTAGE", value_enum)]
    pub sabotage: Option<Sabotage>,

    /// Where the report and the plot go.
    #[arg(long, env = "OUTPUT", default_value = "target/chaos", value_name = "DIR")]
    pub output: PathBuf,
}
