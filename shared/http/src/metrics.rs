//! What the edge counts and measures, through the `metrics` facade: docs/METRICS.md says what each figure is for.
//!
//! Labels are literals, also where that takes a list of them: then counting allocates nothing.

use std::time::Duration;

use ::metrics::{Unit, counter, describe_histogram, histogram};
use pennon_domain::{ErrorCode, Evaluation, Reason};

use crate::problem::Kind;

/// Says what the figures are in. Call once, before counting.
pub(crate) fn describe() {
    for (name, unit) in [
        ("pennon_request_microseconds", Unit::Microseconds),
        ("pennon_init_microseconds", Unit::Microseconds),
        ("pennon_snapshot_age_milliseconds", Unit::Milliseconds),
    ] {
        describe_histogram!(name, unit, "");
    }
}

/// A process has started, and took that long to have its state at hand.
pub(crate) fn cold_start(took: Duration) {
    counter!("pennon_cold_starts_total").increment(1);
    histogram!("pennon_init_microseconds").record(micros(took));
}

/// A request was answered, however.
pub(crate) fn request(took: Duration) {
    counter!("pennon_requests_total").increment(1);
    histogram!("pennon_request_microseconds").record(micros(took));
}

/// The caller's copy was current.
pub(crate) fn not_modified() {
    counter!("pennon_not_modified_total").increment(1);
}

/// An answer came from a version that was last confirmed that long ago; `stale`: and that may not be current any more.
pub(crate) fn served(age: Duration, stale: bool) {
    histogram!("pennon_snapshot_age_milliseconds").record(age.as_secs_f64() * 1e3);
    if stale {
        counter!("pennon_stale_serves_total").increment(1);
    }
}

/// A request was answered with a problem.
pub(crate) fn problem(kind: Kind) {
    match kind {
        Kind::BadRequest => counter!("pennon_problems_total", "kind" => "bad_request"),
        Kind::InvalidContext => counter!("pennon_problems_total", "kind" => "invalid_context"),
        Kind::Unauthenticated => counter!("pennon_problems_total", "kind" => "unauthenticated"),
        Kind::Forbidden => counter!("pennon_problems_total", "kind" => "forbidden"),
        Kind::NotFound => counter!("pennon_problems_total", "kind" => "not_found"),
        Kind::MethodNotAllowed => counter!("pennon_problems_total", "kind" => "method_not_allowed"),
        Kind::Conflict => counter!("pennon_problems_total", "kind" => "conflict"),
        Kind::PreconditionFailed => counter!("pennon_problems_total", "kind" => "precondition_failed"),
        Kind::PayloadTooLarge => counter!("pennon_problems_total", "kind" => "payload_too_large"),
        Kind::UnsupportedMediaType => counter!("pennon_problems_total", "kind" => "unsupported_media_type"),
        Kind::Unprocessable => counter!("pennon_problems_total", "kind" => "unprocessable"),
        Kind::PreconditionRequired => counter!("pennon_problems_total", "kind" => "precondition_required"),
        Kind::Internal => counter!("pennon_problems_total", "kind" => "internal"),
        Kind::Unavailable => counter!("pennon_problems_total", "kind" => "unavailable"),
    }
    .increment(1);
}

/// Something could not be answered, and that is our fault.
pub(crate) fn fault() {
    counter!("pennon_faults_total").increment(1);
}

/// The authorizer has let somebody in.
pub(crate) fn authorized() {
    counter!("pennon_authorizations_total", "result" => "allowed").increment(1);
}

/// The authorizer was shown a token that is not valid.
pub(crate) fn unauthorized() {
    counter!("pennon_authorizations_total", "result" => "refused").increment(1);
}

/// The authorizer could not tell.
pub(crate) fn authorizer_failed() {
    counter!("pennon_authorizations_total", "result" => "failed").increment(1);
}

/// Counts the outcomes of evaluations, and adds them to the figures when it is dropped: once for a request, however many flags it asks for.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    fixed: u64,
    targeting_match: u64,
    default: u64,
    disabled: u64,
    flag_not_found: u64,
    parse_error: u64,
    general: u64,
}

impl Outcomes {
    pub(crate) fn add(&mut self, evaluation: &Evaluation<'_>) {
        let count = match evaluation {
            Evaluation::Resolved { reason: Reason::Static, .. } => &mut self.fixed,
            Evaluation::Resolved { reason: Reason::TargetingMatch, .. } => &mut self.targeting_match,
            Evaluation::Resolved { reason: Reason::Default, .. } => &mut self.default,
            Evaluation::Resolved { reason: Reason::Disabled, .. } => &mut self.disabled,
            Evaluation::Failed { code: ErrorCode::FlagNotFound, .. } => &mut self.flag_not_found,
            Evaluation::Failed { code: ErrorCode::ParseError, .. } => &mut self.parse_error,
            Evaluation::Failed { code: ErrorCode::General, .. } => &mut self.general,
        };
        *count += 1;
    }
}

impl Drop for Outcomes {
    fn drop(&mut self) {
        macro_rules! count {
            ($($field:ident => $reason:literal),*) => {$(
                if self.$field > 0 {
                    counter!("pennon_evaluations_total", "reason" => $reason).increment(self.$field);
                }
            )*};
        }
        count!(
            fixed => "STATIC",
            targeting_match => "TARGETING_MATCH",
            default => "DEFAULT",
            disabled => "DISABLED",
            flag_not_found => "FLAG_NOT_FOUND",
            parse_error => "PARSE_ERROR",
            general => "GENERAL"
        );
    }
}

/// Whole microseconds are what a histogram keeps.
fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
