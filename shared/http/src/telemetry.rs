//! Logging.

/// Starts logging to standard output: JSON and the level that the function is configured with (`AWS_LAMBDA_LOG_FORMAT`,
/// `AWS_LAMBDA_LOG_LEVEL`), as Lambda expects. Call once, first.
pub fn init() {
    lambda_http::tracing::init_default_subscriber();
}
