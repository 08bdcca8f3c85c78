//! `chaos`: see the library.

use std::process::ExitCode;

use clap::Parser;
use pennon_domain::error_chain;
use pennon_load::{
    chaos::{ChaosError, Report, chaos},
    config::ChaosOptions,
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, clippy::print_stdout, reason = "this is the command line")]
async fn main() -> ExitCode {
    let options = ChaosOptions::parse();
    let outcome = tokio::select! {
        outcome = run(&options) => outcome,
        // Processes end when what holds them is dropped.
        _ = tokio::signal::ctrl_c() => return ExitCode::FAILURE,
    };
    match outcome {
        Ok(report) => {
            println!("\n{}", report.to_markdown());
            if report.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("chaos: {}", error_chain(&error));
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is the command line")]
async fn run(options: &ChaosOptions) -> Result<Report, ChaosError> {
    let report = chaos(options, |line| println!("{line}")).await?;
    report.write(&options.output)?;
    Ok(report)
}
