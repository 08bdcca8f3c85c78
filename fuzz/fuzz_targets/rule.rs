//! A flag with any targeting at all: refused or sound.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pennon_domain::{Context, Definition, Ruleset};
use pennon_fuzz::{BUCKETINGS, CONTEXT, assert_sound, context, rule::Rule};
use serde_json::json;

static SUBJECTS: LazyLock<[Context; 2]> = LazyLock::new(|| [context(CONTEXT), context(b"")]);

fuzz_target!(|rules: (Rule, Rule)| {
    let (targeting, segment) = rules;
    let file = json!({
        "$evaluators": { "segment": segment.to_json() },
        "flags": {
            "fuzzed": {
                "state": "ENABLED",
                "variants": { "on": true, "off": false },
                "defaultVariant": "off",
                "targeting": targeting.to_json(),
            },
        },
    });
    let Ok(definition) = Definition::parse(&file.to_string()) else { return };
    for bucketing in BUCKETINGS {
        let ruleset = Ruleset::new(&definition, bucketing);
        for subject in SUBJECTS.iter() {
            assert_sound(&ruleset, subject);
        }
    }
});
