//! What the runtime side reads from its environment. The only file of this crate that does.

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
    pub(crate) fn from_env() -> Result<Self, String> {
        #[expect(clippy::disallowed_methods, reason = "this is the config module")]
        match std::env::var("RESPONSE_MODE").as_deref() {
            Ok("stream") => Ok(Self::Stream),
            Ok("buffer") | Err(std::env::VarError::NotPresent) => Ok(Self::Buffer),
            _ => Err("RESPONSE_MODE is neither `stream` nor `buffer`".into()),
        }
    }
}
