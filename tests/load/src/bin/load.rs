//! `load`: see the library.

use std::process::ExitCode;

use clap::Parser;
use pennon_domain::error_chain;
use pennon_load::{
    config::{LoadOptions, Which},
    load::{LoadError, load},
    target::Target,
};

/// Requests a second, unless said otherwise: what a machine with two cores answers without queues.
const LOCAL_RATE: f64 = 2000.0;
/// The same where each request is an invocation.
const HARNESS_RATE: f64 = 400.0;
/// How many requests a function has at once there.
const AT_ONCE: u32 = 4;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "this is the command line")]
async fn main() -> ExitCode {
    let options = LoadOptions::parse();
    let outcome = tokio::select! {
        outcome = run(&options) => outcome,
        // Servers end when they are dropped.
        _ = tokio::signal::ctrl_c() => return ExitCode::FAILURE,
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(wrong) => {
            eprintln!("load: {wrong} requests were not answered rightly");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("load: {}", error_chain(&error));
            ExitCode::from(2)
        }
    }
}

async fn run(options: &LoadOptions) -> Result<usize, LoadError> {
    let mut wrong = 0;
    if options.target != Which::Harness {
        let target = Target::local().await?;
        wrong += show(options, "local", options.rate.unwrap_or(LOCAL_RATE), &target).await?;
    }
    if options.target != Which::Local {
        let target = Target::harness(AT_ONCE).await?;
        wrong += show(options, "harness", options.rate.unwrap_or(HARNESS_RATE), &target).await?;
    }
    Ok(wrong)
}

#[expect(clippy::print_stdout, reason = "this is the command line")]
async fn show(options: &LoadOptions, name: &str, rate: f64, target: &Target) -> Result<usize, LoadError> {
    let loaded = load(options, name, rate, target).await?;
    println!("{}", loaded.table);
    Ok(loaded.wrong)
}
