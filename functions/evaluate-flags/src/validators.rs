//! What decides whether a caller's copy is current.

use pennon_domain::{Context, Head, Scope};
use pennon_http::{Request, caching::ETag};
use pennon_store::View;

/// Changes whenever the same definition and context could give other bytes than before: a change in evaluation, or in the
/// form of the answer. A persisted tag from before such a deploy then fails safe.
const ANSWER_FORMAT: &[u8] = b"bulk-2";

/// The tag of an answer that no rule lets depend on time: a digest of everything that it is computed from.
pub(crate) fn etag_of_inputs(view: &View, scope: Scope, context: &Context) -> ETag {
    let head = &view.head;
    ETag::of(&[
        ANSWER_FORMAT,
        head.environment.as_str().as_bytes(),
        &head.version.to_be_bytes(),
        head.config_etag.as_bytes(),
        &[u8::from(view.stale)],
        scope.as_str().as_bytes(),
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use pennon_domain::{Bucketing, Definition, Ruleset, Snapshot, Timestamp};

    use super::*;

    fn view(change: impl FnOnce(&mut Head)) -> View {
        let json = r#"{"flags":{"a":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}}}"#;
        let definition = Definition::parse(json).unwrap();
        let snapshot = Snapshot::pack(&definition).unwrap();
        let mut head = Head {
            environment: "shop.test".parse().unwrap(),
            version: 7,
            published: Timestamp::from_millis(1_795_000_000_000),
            config_etag: "c0ffee".to_owned(),
            bucketing: Bucketing::V3,
            chunks: 1,
            sha256: snapshot.sha256(),
            keys: BTreeMap::new(),
        };
        change(&mut head);
        View {
            ruleset: Arc::new(Ruleset::new(&definition, Bucketing::V3)),
            snapshot: Arc::new(snapshot),
            head: Arc::new(head),
            stale: false,
            confirmed: Timestamp::default(),
        }
    }

    fn context(body: &str) -> Context {
        Context::from_ofrep_body(body.as_bytes()).unwrap()
    }

    fn known(query: &str) -> KnownConfig {
        KnownConfig::of(&Request {
            method: http::Method::POST,
            path: String::new(),
            query: query.to_owned(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
            id: String::new(),
            received: Timestamp::default(),
            authorizer: BTreeMap::new(),
        })
    }

    #[test]
    fn whatever_an_answer_is_computed_from_changes_its_tag() {
        let anna = context(r#"{"context":{"targetingKey":"anna"}}"#);
        let tag = etag_of_inputs(&view(|_| ()), Scope::Server, &anna);
        assert_eq!(tag, etag_of_inputs(&view(|_| ()), Scope::Server, &anna));
        let others = [
            etag_of_inputs(&view(|_| ()), Scope::Server, &context("{}")),
            etag_of_inputs(&view(|head| head.version = 8), Scope::Server, &anna),
            etag_of_inputs(&view(|head| head.config_etag = "decaf".to_owned()), Scope::Server, &anna),
            etag_of_inputs(
                &view(|head| head.environment = "shop.other".parse().unwrap()),
                Scope::Server,
                &anna,
            ),
            etag_of_inputs(&view(|_| ()), Scope::Client, &anna),
            etag_of_inputs(&View { stale: true, ..view(|_| ()) }, Scope::Server, &anna),
        ];
        assert!(others.iter().all(|other| *other != tag));
    }

    #[test]
    fn a_caller_that_knows_the_same_or_nothing_is_up_to_date() {
        let view = view(|_| ());
        for query in [
            "",
            "flagConfigEtag=",
            "flagConfigEtag=c0ffee",
            "flagConfigEtag=%22c0ffee%22",
            "flagConfigEtag=W/%22c0ffee%22",
            "flagConfigLastModified=1795000000",
            "flagConfigLastModified=2026-11-18T00:00:00Z",
            "flagConfigEtag=c0ffee&flagConfigLastModified=1700000000",
        ] {
            assert!(!known(query).is_not(&view.head), "{query}");
        }
    }

    #[test]
    fn a_caller_that_knows_of_another_configuration_is_believed() {
        let view = view(|_| ());
        for query in
            ["flagConfigEtag=other", "a=b&flagConfigEtag=%22other%22", "flagConfigLastModified=1795000001"]
        {
            assert!(known(query).is_not(&view.head), "{query}");
        }
    }
}
