//! `sem_ver`: compares semantic versions.

use std::cmp::Ordering;

use datalogic_rs::{ArenaExt as _, CustomOperator, DataValue, Result, bumpalo::Bump, operator::EvalContext};
use semver::Version;

/// Bytes of a version, at most; what is longer is none.
pub(super) const MAX_VERSION_BYTES: usize = 256;

/// `{"sem_ver": [version, operator, version]}`. Anything malformed is null, so that the rule falls to the default variant.
pub(super) struct SemVer;

impl CustomOperator for SemVer {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let [left, DataValue::String(operator), right] = args else { return Ok(arena.null()) };
        let (Some(left), Some(right)) = (version(left), version(right)) else { return Ok(arena.null()) };
        Ok(compare(&left, operator, &right).map_or_else(|| arena.null(), |holds| arena.bool(holds)))
    }
}

/// Whether the text is a version.
pub(super) fn is_version(text: &str) -> bool {
    parse(text).is_some()
}

/// Whether the operator is one that versions are compared by.
pub(super) fn is_comparison(operator: &str) -> bool {
    let any = Version::new(0, 0, 0);
    compare(&any, operator, &any).is_some()
}

/// By precedence: build metadata does not count, though `Ord` would count it.
fn compare(left: &Version, operator: &str, right: &Version) -> Option<bool> {
    let order = left.cmp_precedence(right);
    Some(match operator {
        "=" => order == Ordering::Equal,
        "!=" => order != Ordering::Equal,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        ">=" => order != Ordering::Less,
        "^" => left.major == right.major,
        "~" => left.major == right.major && left.minor == right.minor,
        _ => return None,
    })
}

/// Reads a version: with or without one leading `v`, `1` and `1.2` padded, a number taken by its text.
fn version(value: &DataValue<'_>) -> Option<Version> {
    match value {
        DataValue::String(text) => parse(text),
        DataValue::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Version> {
    if text.len() > MAX_VERSION_BYTES {
        return None;
    }
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    // Only plain numbers are padded: `1-beta` is no version in flagd either.
    match text.bytes().filter(|byte| *byte == b'.').count() {
        0 => Some(Version::new(number(text)?, 0, 0)),
        1 if let Some((major, minor)) = text.split_once('.') => {
            Some(Version::new(number(major)?, number(minor)?, 0))
        }
        _ => Version::parse(text).ok(),
    }
}

fn number(text: &str) -> Option<u64> {
    let leading_zero = text.len() > 1 && text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if leading_zero || !digits { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(left: &str, operator: &str, right: &str) -> Option<bool> {
        compare(&parse(left)?, operator, &parse(right)?)
    }

    #[test]
    fn versions_are_ordered_by_precedence() {
        for (left, operator, right, expected) in [
            ("1.2.3", "=", "1.2.3", true),
            ("1.2.3+build", "=", "1.2.3+other", true),
            ("1.2.3+build", "<=", "1.2.3", true),
            ("1.2.3-beta", "<", "1.2.3", true),
            ("1.2.3-beta.2", "<", "1.2.3-beta.11", true),
            ("1.10.0", ">", "1.9.0", true),
            ("1.2.3", "!=", "1.2.4", true),
            ("3.0.1", "^", "3.9.0", true),
            ("3.0.1", "~", "3.1.0", false),
            ("3.0.1", "~", "3.0.9", true),
            ("2.0.0", ">=", "3.0.0", false),
        ] {
            assert_eq!(holds(left, operator, right), Some(expected), "{left} {operator} {right}");
        }
    }

    #[test]
    fn loose_spellings_are_read() {
        for (left, right) in [("v1.0.0", "1.0.0"), ("V1", "1.0.0"), ("1.2", "1.2.0"), ("0", "0.0.0")] {
            assert_eq!(holds(left, "=", right), Some(true), "{left}");
        }
    }

    #[test]
    fn what_is_no_version_compares_to_nothing() {
        for text in
            ["", "v", "vv1.0.0", "2.0.0.0", "1.x", "01.0.0", "01", "1.", ".1", "-1", "1-beta", "myVersion_1"]
        {
            assert_eq!(holds(text, "=", "1.0.0"), None, "{text}");
        }
        assert_eq!(holds(&format!("1.0.0-{}", "a".repeat(MAX_VERSION_BYTES)), ">", "0.1.0"), None);
        assert_eq!(holds("1.0.0", "===", "1.0.0"), None);
    }
}
