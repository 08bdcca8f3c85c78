//! What the runtime side reads from its environment.

use pennon_config::{ConfigError, Variables};

/// How the Lambda binaries answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// By response streaming: an API Gateway REST integration with `responseTransferMode: STREAM`, or a function URL with
    /// `RESPONSE_STREAM`.
    Stream,
    /// In one piece of at most 6 MB: every other integration.
    Buffer,
}

impl ResponseMode {
    /// Read from the `RESPONSE_MODE` environment variable: `stream` or `buffer`, the default.
    ///
    /// A function cannot tell how it was invoked, and a streamed answer to a buffered invocation is garbage, so streaming
    /// has to be asked for where the integration is declared.
    pub(crate) fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(Variables::of_process())
    }

    fn from_variables(variables: Variables<'_>) -> Result<Self, ConfigError> {
        let modes = ["stream", "buffer"];
        let mode =
            variables.checked("RESPONSE_MODE", "`stream` or `buffer`", |text| modes.contains(&text))?;
        Ok(if mode.as_deref() == Some("stream") { Self::Stream } else { Self::Buffer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streaming_has_to_be_asked_for() {
        let mode = |text| ResponseMode::from_variables(Variables::given(&[("RESPONSE_MODE", text)]));
        assert_eq!(mode("stream"), Ok(ResponseMode::Stream));
        assert_eq!(mode("buffer"), Ok(ResponseMode::Buffer));
        assert_eq!(mode(""), Ok(ResponseMode::Buffer));
        assert_eq!(mode("streamed").unwrap_err().variable, "RESPONSE_MODE");
    }
}
