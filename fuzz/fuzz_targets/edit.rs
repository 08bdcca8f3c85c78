//! Changes from anyone, a line each for a segment, a flag and a patch of both: refused, or as sound as a whole definition.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pennon_domain::{Context, Definition, Edit, Refusal, Ruleset};
use pennon_fuzz::{BUCKETINGS, CONTEXT, MOMENTS, context};

static SUBJECT: LazyLock<Context> = LazyLock::new(|| context(CONTEXT));

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut lines = text.splitn(3, '\n').map(str::trim_end);
    let [segment, flag, patch] = [(); 3].map(|()| lines.next().unwrap_or_default());

    let definition = accepted(&Definition::empty(), |before| before.with_segment("segment", segment));
    let definition = accepted(&definition, |before| before.with_flag("fuzzed", flag));
    let before = definition.clone();
    let definition = accepted(&definition, |before| before.with_patched_flag("fuzzed", patch));
    let definition = accepted(&definition, |before| before.with_patched_segment("segment", patch));
    let definition = accepted(&definition, |before| before.merged_with_file(text));
    accepted(&before, |before| before.promoted_from(&definition, None, true));
    if let Ok(definition) = definition.without_segment("segment") {
        assert_sound(&definition);
    }
});

/// The definition after a change, or as it was if the change is refused.
fn accepted(before: &Definition, change: impl Fn(&Definition) -> Result<Edit, Refusal>) -> Definition {
    match change(before) {
        Ok(edit) => {
            assert_sound(&edit.definition);
            assert_eq!(before.changes_to(&edit.definition).is_empty(), *before == edit.definition);
            edit.definition
        }
        Err(refusal) => {
            if let Refusal::Invalid(faults) = refusal {
                assert!(!faults.is_empty(), "a refusal says why");
            }
            before.clone()
        }
    }
}

/// What must hold of every definition that a change leads to.
fn assert_sound(definition: &Definition) {
    let json = definition.to_json();
    assert_eq!(Definition::parse(&json).as_ref(), Ok(definition), "what is refused is not accepted");
    let strict = Definition::parse_strict(&json).map(|edit| edit.definition);
    assert_eq!(strict.as_ref(), Ok(definition), "a sound definition stays one");
    for bucketing in BUCKETINGS {
        let ruleset = Ruleset::new(definition, bucketing);
        for key in definition.keys() {
            let explanation = ruleset.explain(key, &SUBJECT, MOMENTS[0]).expect("the flag is there");
            let explanation: serde_json::Value =
                serde_json::from_str(&explanation.to_json()).expect("an explanation is JSON");
            assert_eq!(explanation["key"], key);
        }
    }
}
