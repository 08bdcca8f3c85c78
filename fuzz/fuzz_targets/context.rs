//! A request body from anyone: refused, or a context that has one fingerprint however it is written.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pennon_domain::{Context, Ruleset};
use pennon_fuzz::{BUCKETINGS, MOMENTS, RICH, assert_sound, outcomes, ruleset};
use serde_json::Value;

static RULESETS: LazyLock<[Ruleset; 2]> =
    LazyLock::new(|| BUCKETINGS.map(|bucketing| ruleset(RICH, bucketing)));

fuzz_target!(|body: &[u8]| {
    let Ok(context) = Context::from_ofrep_body(body) else { return };
    let again = Context::from_ofrep_body(body).expect("the same body is a context again");
    assert_eq!(context.fingerprint(), again.fingerprint(), "the fingerprint is deterministic");

    let rewritten = rewritten(body);
    for ruleset in RULESETS.iter() {
        assert_sound(ruleset, &context);
        let Some(rewritten) = &rewritten else { continue };
        assert_eq!(context.fingerprint(), rewritten.fingerprint(), "spacing and order leave no trace");
        for now in MOMENTS {
            assert_eq!(outcomes(ruleset, &context, now), outcomes(ruleset, rewritten, now), "equal contexts");
        }
    }
});

/// The same context in other words: members sorted, and much white space.
fn rewritten(body: &[u8]) -> Option<Context> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Context::from_ofrep_body(&serde_json::to_vec_pretty(&value).ok()?).ok()
}
