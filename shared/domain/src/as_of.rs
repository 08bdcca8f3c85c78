//! What an answer was computed from.

/// What an answer was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The version of the environment.
    pub version: u64,
    /// Whether a newer version may exist: the data could not be reached to find out.
    pub stale: bool,
}
