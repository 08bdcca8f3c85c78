//! What decides whether a caller's copy is current.

use pennon_domain::{Context, Head};
use pennon_http::{Request, caching::ETag};
use pennon_store::View;

/// Changes whenever the same definition and context could give other bytes than before: a change in evaluation, or in the
/// form of the answer. A persisted tag from before such a deploy then fails safe.
const ANSWER_FORMAT: &[u8] = b"bulk-1";

/// The tag of an answer that no rule lets depend on time: a digest of everything that it is computed from.
pub(crate) fn etag_of_inputs(view: &View, context: &Context) -> ETag {
    let head = &view.head;
    ETag::of(&[
        ANSWER_FORMAT,
        head.environment.as_str().as_bytes(),
        &head.version.to_be_bytes(),
        head.config_etag.as_bytes(),
        &[u8::from(view.stale)],
        &context.fingerprint(),
    ])
}

/// What the caller says it knows of the configuration: the query parameters `flagConfigEtag` and `flagConfigLastModified`
/// of OFREP 0.3.0. It may turn a 304 into a 200, never a 200 into a 304.
pub(crate) struct KnownConfig {
    etag: Option<String>,
    modified: Option<u64>,
}

impl KnownConfig {
    pub(crate) fn of(request: &Request) -> Self {
        let etag = request.query_parameter("flagConfigEtag");
        let etag = etag.map(|etag| etag.trim().trim_start_matches("W/").trim_matches('"').to_owned());
        // OFREP also allows an ISO 8601 date here. Beside the etag it says nothing new, so only seconds are understood.
        let modified =
            request.query_parameter("flagConfigLastModified").and_then(|text| text.trim().parse().ok());
        Self { etag: etag.filter(|etag| !etag.is_empty()), modified }
    }

    /// Whether the caller knows of a configuration other than this one.
    pub(crate) fn is_not(&self, head: &Head) -> bool {
        self.etag.as_ref().is_some_and(|etag| *etag != head.config_etag)
            || self.modified.is_some_and(|modified| modified > head.published.as_secs())
    }
}
