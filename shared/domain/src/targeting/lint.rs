//! What will not work in a rule, told to its author ahead of time.

use super::{
    Evaluators, InvalidRule, arguments, cost, expand,
    fractional::MAX_TOTAL_WEIGHT,
    operator::{Operator, REF},
};
use crate::json::{Json, Problem};

/// Something doubtful, at a JSON pointer from the value that was checked.
pub(crate) type Finding = Problem;

/// 2^53 - 1: beyond it, floats skip integers, and clients read other numbers than were written (flagd ADR on numeric coercion).
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Checks a whole targeting rule.
pub(crate) fn check_rule(rule: &Json, evaluators: &Evaluators, found: &mut Vec<Finding>) {
    check_tree(rule, evaluators, found);
    // Other errors of expansion have been found where they stand.
    let outcome = expand::expand(rule, evaluators).and_then(|expanded| cost::check(&expanded));
    if let Err(error @ (InvalidRule::TooLarge | InvalidRule::TooCostly)) = outcome {
        found.push(Finding::here(error.to_string()));
    }
}

/// Checks a rule or a part of one, without what only a whole rule shows.
pub(crate) fn check_tree(rule: &Json, evaluators: &Evaluators, found: &mut Vec<Finding>) {
    match rule {
        Json::Number(_) => check_numbers(rule, found),
        Json::Array(items) => each(items, found, |item, found| check_tree(item, evaluators, found)),
        Json::Object(members) => match members.as_slice() {
            [] => {}
            [(name, value)] => check_operation(name, value, evaluators, found),
            _ => found.push(Finding::here(InvalidRule::SeveralOperations.to_string())),
        },
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// Finds numbers that clients will not read as they are written.
pub(crate) fn check_numbers(value: &Json, found: &mut Vec<Finding>) {
    match value {
        Json::Number(number) if number.as_f64().abs() > MAX_SAFE_INTEGER => {
            found
                .push(Finding::here("beyond 2^53 - 1 a number does not reach every client as it is written"));
        }
        Json::Array(items) => each(items, found, check_numbers),
        Json::Object(members) => {
            for (key, member) in members {
                under(key, found, |found| check_numbers(member, found));
            }
        }
        _ => {}
    }
}

fn check_operation(name: &str, value: &Json, evaluators: &Evaluators, found: &mut Vec<Finding>) {
    if name == REF {
        let usable = match value {
            Json::String(segment) => evaluators.check(segment).map_err(|error| error.to_string()),
            _ => Err(format!("{REF} gives the name of a segment, a string")),
        };
        return found.extend(usable.err().map(Finding::here));
    }
    let Some(operator) = Operator::from_name(name) else {
        return found.push(Finding::here("no operation of flagd has this name"));
    };
    under(name, found, |found| {
        match value {
            Json::Array(items) => each(items, found, |item, found| check_tree(item, evaluators, found)),
            single => check_tree(single, evaluators, found),
        }
        if operator == Operator::Fractional {
            check_fractional(arguments(value), found);
        }
    });
}

fn check_fractional(arguments: &[Json], found: &mut Vec<Finding>) {
    let explicit_unit = arguments.first().is_some_and(|first| !first.is_array());
    let mut total = Some(0_u64);
    for (index, bucket) in arguments.iter().enumerate().skip(usize::from(explicit_unit)) {
        let step = index.to_string();
        match weight(bucket) {
            Ok(Some(weight)) => total = total.map(|total| total.saturating_add(weight)),
            Ok(None) => total = None,
            Err(finding) => {
                found.push(finding.under(&step));
                total = None;
            }
        }
    }
    match total {
        Some(total) if total > MAX_TOTAL_WEIGHT => {
            found.push(Finding::here(format!("the weights add up to more than {MAX_TOTAL_WEIGHT}")));
        }
        Some(0) => found.push(Finding::here("the weights add up to nothing, so the default variant applies")),
        _ => {}
    }
}

/// The weight of a bucket, if it is known before evaluation.
fn weight(bucket: &Json) -> Result<Option<u64>, Finding> {
    let Json::Array(parts) = bucket else {
        return match bucket {
            Json::Object(_) => Ok(None),
            _ => Err(Finding::here("a bucket is an array of a variant and a weight")),
        };
    };
    match parts.as_slice() {
        [_] => Ok(Some(1)),
        [_, Json::Object(_)] => Ok(None),
        [_, Json::Number(number)] if number.as_i64().is_some() => {
            Ok(number.as_i64().map(|weight| u64::try_from(weight).unwrap_or(0)))
        }
        [_, _] => Err(Finding::here("a weight is a whole number").under("1")),
        _ => Err(Finding::here("a bucket is an array of a variant and a weight")),
    }
}

fn each(items: &[Json], found: &mut Vec<Finding>, mut check: impl FnMut(&Json, &mut Vec<Finding>)) {
    for (index, item) in items.iter().enumerate() {
        under(&index.to_string(), found, |found| check(item, found));
    }
}

/// Adds a step to the pointers of what `check` finds.
fn under(step: &str, found: &mut Vec<Finding>, check: impl FnOnce(&mut Vec<Finding>)) {
    let mut inside = Vec::new();
    check(&mut inside);
    found.extend(inside.into_iter().map(|finding| finding.under(step)));
}
