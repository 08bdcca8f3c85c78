//! `chaos`: see the library.

use std::{error::Error, process::ExitCode};

use clap::Parser;
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
            eprintln!("chaos: {error}{}", causes(&error));
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

fn causes(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
