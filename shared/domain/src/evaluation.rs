//! The outcome of evaluating one flag.

use std::borrow::Cow;

/// Why a flag has the value that it has: the OFREP reasons that flagd gives. There is no `SPLIT`: flagd reports a
/// fractional split as `TARGETING_MATCH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No targeting: always the default variant.
    Static,
    /// The targeting named a variant.
    TargetingMatch,
    /// The targeting named none, so the default variant (or the code default) applies.
    Default,
    /// The flag is switched off: the code default applies and no rule ran.
    Disabled,
}

impl Reason {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Default => "DEFAULT",
            Self::Disabled => "DISABLED",
        }
    }
}

/// What kept a flag from having a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The environment has no such flag.
    FlagNotFound,
    /// The targeting is no valid rule, or failed on this context.
    ParseError,
    /// The targeting named a variant that the flag does not have, or went over a limit.
    General,
}

impl ErrorCode {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::ParseError => "PARSE_ERROR",
            Self::General => "GENERAL",
        }
    }
}

/// The outcome of evaluating one flag for one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluation<'r> {
    /// The flag has an outcome.
    Resolved {
        /// The value as JSON text, exactly as the definition wrote it but for white space (`10.0` stays `10.0`);
        /// `None` is "use the code default".
        value: Option<&'r str>,
        /// The name of the variant, `None` exactly when `value` is.
        variant: Option<&'r str>,
        /// Why.
        reason: Reason,
        /// A JSON object: the metadata of the flag set overlaid by the flag's own.
        metadata: &'r str,
    },
    /// The flag has none.
    Failed {
        /// The class of the failure.
        code: ErrorCode,
        /// What went wrong, safe to show to a caller.
        details: Cow<'r, str>,
        /// A JSON object, as for a success.
        metadata: &'r str,
    },
}
