//! A request for a change, and the answer to it.

use super::{Author, Changed};
use crate::Digest;

/// Who asks for a change, and how a retry of the same request is told from another request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks.
    pub author: Author,
    /// Given by the caller who may retry.
    pub idempotency: Option<IdempotencyKey>,
}

/// What a caller sends with a request and again with its retries (`Idempotency-Key`).
#[derive(Clone)]
pub struct IdempotencyKey {
    /// Names the request: nobody else's, and none of another method or path, has the same.
    pub id: Digest,
    /// What has to be the same in a retry: query and body.
    pub content: Digest,
    /// What the caller sent. Never stored: the stored answer is sealed with it.
    pub secret: String,
}

impl IdempotencyKey {
    /// The key of a request.
    pub fn new(subject: &str, method: &str, path: &str, query: &str, body: &[u8], key: &str) -> Self {
        Self {
            id: Digest::of(&[subject.as_bytes(), method.as_bytes(), path.as_bytes(), key.as_bytes()]),
            content: Digest::of(&[query.as_bytes(), body]),
            secret: key.to_owned(),
        }
    }
}

impl std::fmt::Debug for IdempotencyKey {
    /// Without the key itself: it opens the stored answer.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdempotencyKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a change comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The version that is then current.
    pub version: u64,
    /// What is then different; nothing if it was so before, and then there is no new version.
    pub changes: Vec<Changed>,
}

/// The answer to a request for a change: what is stored for its retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status, 2xx.
    pub status: u16,
    /// The opaque entity tag of what was changed, without quotes, where it has one.
    pub etag: Option<String>,
    /// The version of the environment, where there is one.
    pub version: Option<u64>,
    /// JSON text; empty with status 204.
    pub body: String,
}

impl StoredAnswer {
    /// 204: done, and there is nothing to show.
    pub fn no_content(version: Option<u64>) -> Self {
        Self { status: 204, etag: None, version, body: String::new() }
    }
}
