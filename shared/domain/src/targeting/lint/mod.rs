//! What will not work in a rule, told to its author ahead of time.
//!
//! A fault is what fails, or falls to the default variant, on every context that reaches it. A warning is what works, but
//! hardly as it was meant.

mod fractional;
mod results;
mod shape;

use super::{
    Evaluators, InvalidRule, Rule, arguments,
    operator::{Operator, REF},
};
use crate::{findings::Findings, json::Json};

pub(crate) use results::check_results;

/// 2^53 - 1: beyond it, floats skip integers, and clients read other numbers than were written (flagd ADR on numeric coercion).
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Checks a whole targeting rule.
pub(crate) fn check_rule(rule: &Json, evaluators: &Evaluators, findings: &mut Findings) {
    check_tree(rule, evaluators, findings);
    // Other errors have been found where they stand.
    if let Err(error @ (InvalidRule::TooLarge | InvalidRule::TooCostly | InvalidRule::NotJsonLogic)) =
        Rule::compile(rule, evaluators)
    {
        findings.fault(error.to_string());
    }
}

/// Checks a rule or a part of one, without what only a whole rule shows.
pub(crate) fn check_tree(rule: &Json, evaluators: &Evaluators, findings: &mut Findings) {
    match rule {
        Json::Number(_) => check_numbers(rule, findings),
        Json::Array(items) => {
            findings.each(items, |item, findings| check_tree(item, evaluators, findings));
        }
        Json::Object(members) => match members.as_slice() {
            [] => {}
            [(name, value)] => check_operation(name, value, evaluators, findings),
            _ => findings.fault(InvalidRule::SeveralOperations.to_string()),
        },
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

/// Finds numbers that clients will not read as they are written.
pub(crate) fn check_numbers(value: &Json, findings: &mut Findings) {
    match value {
        Json::Number(number) if number.as_f64().abs() > MAX_SAFE_INTEGER => {
            findings.fault("beyond 2^53 - 1 a number does not reach every client as it is written");
        }
        Json::Array(items) => findings.each(items, check_numbers),
        Json::Object(members) => {
            for (key, member) in members {
                findings.under(key, |findings| check_numbers(member, findings));
            }
        }
        _ => {}
    }
}

fn check_operation(name: &str, value: &Json, evaluators: &Evaluators, findings: &mut Findings) {
    if name == REF {
        let usable = match value {
            Json::String(segment) => evaluators.check(segment).map_err(|error| error.to_string()),
            _ => Err(format!("{REF} gives the name of a segment, a string")),
        };
        return usable.unwrap_or_else(|message| findings.fault(message));
    }
    let Some(operator) = Operator::from_name(name) else {
        return findings.fault("no operation of flagd has this name");
    };
    findings.under(name, |findings| {
        // A single argument may stand without its array.
        check_tree(value, evaluators, findings);
        match operator {
            Operator::Fractional => fractional::check(arguments(value), findings),
            Operator::SemVer => shape::check_sem_ver(arguments(value), findings),
            Operator::Affix => shape::check_affix(arguments(value), findings),
            _ => {}
        }
    });
}
