//! The one mutable item of an environment.

use std::collections::BTreeMap;

use crate::{Bucketing, EnvironmentId, KeyRecord, Timestamp};

/// HEAD: names the current version of an environment and the keys that open it.
///
/// It stays below 4 KB, so that one strongly consistent read of one unit answers both "who is this" and
/// "is my snapshot current".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The environment it is the head of.
    pub environment: EnvironmentId,
    /// The current version: 1 for the first, gapless.
    pub version: u64,
    /// When that version was published.
    pub published: Timestamp,
    /// Identifies the content of the version: equal etags mean equal definitions and equal bucketing, on any process
    /// and any deploy. Lower-case hexadecimal, without quotes.
    pub config_etag: String,
    /// The bucketing generation that the environment is pinned to.
    pub bucketing: Bucketing,
    /// How many chunks the packed snapshot has.
    pub chunks: u32,
    /// SHA-256 of the packed snapshot, chunks concatenated.
    pub sha256: [u8; 32],
    /// The SDK keys that open the environment, by key identifier.
    pub keys: BTreeMap<String, KeyRecord>,
}
