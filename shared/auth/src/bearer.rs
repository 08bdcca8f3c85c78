//! The `Bearer` scheme (RFC 6750).

/// The token of a `Bearer` credential; the scheme's case does not matter (RFC 9110, section 11.1).
pub fn bearer_token(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}
