//! Load and chaos: what Pennon answers while it is busy, and while what it depends on fails. Never deployed.

pub mod chaos;
pub mod client;
pub mod config;
pub mod content;
pub mod crowd;
pub mod issuer;
pub mod ledger;
pub mod load;
pub mod oracle;
pub mod pace;
pub mod process;
pub mod publisher;
pub mod record;
pub mod report;
pub mod run;
pub mod setup;
pub mod target;
pub mod user;
pub mod zipf;

/// An error and its causes, on one line.
pub fn in_words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
