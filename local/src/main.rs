//! `pennon-local`, the binary: see the library.

use std::process::ExitCode;

use clap::Parser;
use pennon_local::Options;

/// What was asked for cannot be done: the same status as for arguments that cannot be read.
const USAGE: u8 = 2;

// One thread: a request takes microseconds, and handing it to another thread takes longer. The DynamoDB has its own.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stderr, reason = "this is the command line")]
async fn main() -> ExitCode {
    pennon_http::init_telemetry();
    match pennon_local::run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pennon-local: {error}");
            ExitCode::from(USAGE)
        }
    }
}
