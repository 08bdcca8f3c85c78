//! What becomes of an invocation that is not answered.

use std::{process::ExitStatus, time::Duration};

use serde::Deserialize;
use thiserror::Error;

/// Why an invocation was not answered, in the terms of the Lambda developer guide.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Failure {
    /// The function reported an error.
    #[error("{error_type}: {message}")]
    Function {
        /// What kind of error, as the function calls it.
        error_type: String,
        /// What it says about it.
        message: String,
    },
    /// The process did not start: it reported an error, ended, or took longer than ten seconds until it asked for an event.
    #[error("not started: {error_type}: {message}")]
    Init {
        /// What kind of error, as the function calls it; `Runtime.ExitError` if it ended without a word.
        error_type: String,
        /// What it says about it.
        message: String,
    },
    /// There was no answer within the function's timeout, this long. The process was killed.
    #[error("Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The process ended while it had the event: it crashed or was killed.
    #[error("Runtime.ExitError: the process ended: {}", status_text(*.0))]
    Exited(Option<ExitStatus>),
    /// As many invocations as the function's concurrency allows were under way. Nothing was run.
    #[error("TooManyRequestsException: the concurrency limit is reached")]
    Throttled,
    /// A payload is over Lambda's limit of 6 MB.
    #[error("RequestTooLarge: the {0} is larger than 6291456 bytes")]
    TooLarge(Payload),
    /// The answer is not in the form that was asked for, for example without the prelude of a streamed response.
    #[error("malformed answer: {0}")]
    Malformed(String),
}

/// Which payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The event.
    Event,
    /// The answer to it.
    Answer,
}

impl std::fmt::Display for Payload {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Event => "event",
            Self::Answer => "answer",
        })
    }
}

/// What a function posts when it fails.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Diagnostic {
    #[serde(default)]
    pub(crate) error_type: String,
    #[serde(default)]
    pub(crate) error_message: String,
}

impl Diagnostic {
    /// Reads the body of an error. One that is no such document is the message.
    pub(crate) fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_| Self {
            error_type: "Unknown".to_owned(),
            error_message: String::from_utf8_lossy(body).into_owned(),
        })
    }

    pub(crate) fn into_failure(self) -> Failure {
        Failure::Function { error_type: self.error_type, message: self.error_message }
    }

    pub(crate) fn into_init(self) -> Failure {
        Failure::Init { error_type: self.error_type, message: self.error_message }
    }
}

pub(crate) fn status_text(status: Option<ExitStatus>) -> String {
    status.map_or_else(|| "its status is not known".to_owned(), |status| status.to_string())
}
