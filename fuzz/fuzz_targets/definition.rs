//! A definition file from anyone: refused or sound, and the same after it was stored.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pennon_domain::{Context, Definition, Ruleset, Snapshot};
use pennon_fuzz::{BUCKETINGS, CONTEXT, MOMENTS, assert_sound, context, outcomes};

static SUBJECT: LazyLock<Context> = LazyLock::new(|| context(CONTEXT));

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = str::from_utf8(bytes) else { return };
    let Ok(definition) = Definition::parse(json) else { return };
    drop(definition.warnings());

    let canonical = definition.to_json();
    let again = Definition::parse(&canonical).expect("the canonical text is a definition");
    assert_eq!(again.to_json(), canonical, "the canonical text is its own canonical text");
    let stored =
        Snapshot::pack(&definition).and_then(|snapshot| snapshot.to_json()).expect("it can be stored");
    assert_eq!(stored, canonical, "storing changes nothing");

    for bucketing in BUCKETINGS {
        assert_eq!(again.etag(bucketing), definition.etag(bucketing), "the same content has the same etag");
        let ruleset = Ruleset::new(&definition, bucketing);
        assert_sound(&ruleset, &SUBJECT);
        let loaded = Ruleset::from_canonical_json(&stored, bucketing).expect("what was stored can be loaded");
        let [now, _] = MOMENTS;
        assert_eq!(
            outcomes(&loaded, &SUBJECT, now),
            outcomes(&ruleset, &SUBJECT, now),
            "loading changes nothing"
        );
    }
});
