//! What will not work in a `fractional`.

use crate::{findings::Findings, json::Json, targeting::fractional::MAX_TOTAL_WEIGHT};

const NO_BUCKET: &str = "a bucket is an array of a variant and a weight";

/// Checks the arguments.
pub(super) fn check(arguments: &[Json], findings: &mut Findings) {
    let mut total = Some(0_u64);
    for (index, bucket) in arguments.iter().enumerate().skip(unit_arguments(arguments)) {
        let weight = findings.under(&index.to_string(), |findings| weight(bucket, findings));
        total = total.zip(weight).map(|(total, weight)| total.saturating_add(weight));
    }
    match total {
        Some(total) if total > MAX_TOTAL_WEIGHT => {
            findings.fault(format!("the weights add up to more than {MAX_TOTAL_WEIGHT}"));
        }
        Some(0) => findings.warning("the weights add up to nothing, so the default variant applies"),
        _ => {}
    }
}

/// How many arguments come before the buckets: one, if what is assigned to a bucket is given.
pub(super) fn unit_arguments(arguments: &[Json]) -> usize {
    usize::from(arguments.first().is_some_and(|first| !first.is_array()))
}

/// The weight of a bucket, if it is known before evaluation and right.
fn weight(bucket: &Json, findings: &mut Findings) -> Option<u64> {
    let Json::Array(parts) = bucket else {
        if !bucket.is_object() {
            findings.fault(NO_BUCKET);
        }
        return None;
    };
    if matches!(parts.first(), Some(Json::Array(_))) {
        findings.under("0", |findings| findings.fault("a bucket gives one variant"));
    }
    match parts.as_slice() {
        [_] => Some(1),
        [_, Json::Object(_)] => None,
        [_, weight] => findings.under("1", |findings| literal_weight(weight, findings)),
        _ => {
            findings.fault(NO_BUCKET);
            None
        }
    }
}

fn literal_weight(weight: &Json, findings: &mut Findings) -> Option<u64> {
    let Some(weight) = weight.as_i64() else {
        findings.fault("a weight is a whole number");
        return None;
    };
    if weight < 0 {
        findings.warning("a negative weight counts as 0");
    }
    Some(u64::try_from(weight).unwrap_or_default())
}
