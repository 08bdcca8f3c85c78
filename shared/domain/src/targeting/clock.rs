//! Whether a rule can see the time.

use super::{arguments, operator::Operator};
use crate::{context::FLAGD, json::Json};

/// The one attribute of the server that is not the time.
const FLAG_KEY: &str = "$flagd.flagKey";

/// Whether the outcome of an expanded rule may depend on the time. When in doubt, it may: a path that is computed, or the
/// whole context.
pub(super) fn reads_clock(rule: &Json) -> bool {
    reads(rule, true)
}

/// `at_root` is whether `var` reads the context; in the body of an iteration it reads an item, which holds the time only if
/// what is iterated over does.
fn reads(rule: &Json, at_root: bool) -> bool {
    match rule {
        Json::Array(items) => items.iter().any(|item| reads(item, at_root)),
        Json::Object(members) => {
            members.iter().any(|(name, value)| operation_reads(name, arguments(value), at_root))
        }
        _ => false,
    }
}

fn operation_reads(name: &str, arguments: &[Json], at_root: bool) -> bool {
    let Some(operator) = Operator::from_name(name) else { return false };
    let itself = match operator {
        Operator::Var => arguments.first().map_or(at_root, |path| path_reads(path, at_root)),
        Operator::Missing => arguments.iter().any(|path| path_reads(path, at_root)),
        _ => false,
    };
    let below = arguments.iter().enumerate().any(|(index, argument)| {
        let is_body = operator.iterates() && index == 1;
        reads(argument, at_root && !is_body)
    });
    itself || below
}

fn path_reads(path: &Json, at_root: bool) -> bool {
    match path {
        Json::String(path) if path.is_empty() => at_root,
        Json::String(path) => path.split('.').next() == Some(FLAGD) && path != FLAG_KEY,
        // An array of paths, for `missing`.
        Json::Array(paths) => paths.iter().any(|path| path_reads(path, at_root)),
        Json::Number(_) => false,
        Json::Null | Json::Bool(_) => at_root,
        Json::Object(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sees_time(rule: &str) -> bool {
        reads_clock(&Json::from_json(rule).unwrap())
    }

    #[test]
    fn a_rule_that_can_see_the_time_is_found() {
        for rule in [
            r#"{"var":"$flagd.timestamp"}"#,
            r#"{"var":["$flagd.timestamp",0]}"#,
            r#"{"var":"$flagd"}"#,
            r#"{"var":""}"#,
            r#"{"var":[]}"#,
            r#"{"var":null}"#,
            r#"{"var":{"var":"path"}}"#,
            r#"{"var":["x",{"var":"$flagd.timestamp"}]}"#,
            r#"{"if":[true,[{"-":[{"var":"$flagd.timestamp"},1]}],2]}"#,
            r#"{"fractional":[["a",{"-":[{"var":"$flagd.timestamp"},1]}],["b",1]]}"#,
            r#"{"map":[{"var":""},{"var":""}]}"#,
            r#"{"map":[{"var":"x"},{"var":{"cat":["$fl","agd"]}}]}"#,
            r#"{"reduce":[{"var":"x"},{"var":"current"},{"var":"$flagd.timestamp"}]}"#,
            r#"{"missing":["a","$flagd.timestamp"]}"#,
            r#"{"missing_some":[1,["$flagd"]]}"#,
            r#"{"missing":{"merge":["a"]}}"#,
        ] {
            assert!(sees_time(rule), "{rule}");
        }
    }

    #[test]
    fn a_rule_that_cannot_see_the_time_is_not() {
        for rule in [
            r#"{"fractional":[{"cat":[{"var":"$flagd.flagKey"},{"var":"targetingKey"}]},["a",1]]}"#,
            r#"{"fractional":[["a",1],["b",1]]}"#,
            r#"{"some":[{"var":"tags"},{"==":[{"var":""},"beta"]}]}"#,
            r#"{"reduce":[{"var":"x"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]}"#,
            r#"{"==":["$flagd.timestamp",{"var":"x"}]}"#,
            r#"{"missing":["a","b"]}"#,
            r#"{"var":1}"#,
        ] {
            assert!(!sees_time(rule), "{rule}");
        }
    }
}
