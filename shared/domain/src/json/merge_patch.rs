//! JSON Merge Patch (RFC 7396), on texts: what a patch does not name keeps its spelling.

use super::{Problem, members, write_object};

/// Applies a patch to a value. Both are minified JSON texts without duplicate keys, and do not nest deep: each level of the
/// patch is one of the stack.
///
/// Members stay where they are, and new ones follow.
///
/// # Errors
/// Text that is no JSON.
pub(crate) fn merge_patch(target: Option<&str>, patch: &str) -> Result<String, Problem> {
    if !is_object(patch) {
        return Ok(patch.to_owned());
    }
    let mut result: Vec<(String, String)> = match target.filter(|target| is_object(target)) {
        Some(target) => members(target)?.into_iter().map(|(key, value)| (key, value.to_owned())).collect(),
        None => Vec::new(),
    };
    for (key, value) in members(patch)? {
        let position = result.iter().position(|(other, _)| *other == key);
        let Some((_, slot)) = position.and_then(|index| result.get_mut(index)) else {
            if value != "null" {
                result.push((key, merge_patch(None, value)?));
            }
            continue;
        };
        if value == "null" {
            result.retain(|(other, _)| *other != key);
        } else {
            *slot = merge_patch(Some(slot), value)?;
        }
    }
    let mut text = String::new();
    write_object(&mut text, result.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    Ok(text)
}

fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn patched(target: &str, patch: &str) -> String {
        merge_patch(Some(target), patch).unwrap()
    }

    #[test]
    fn the_cases_of_the_rfc_come_out_as_it_says() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            assert_eq!(patched(target, patch), result, "{target} {patch}");
        }
    }

    #[test]
    fn what_is_not_named_keeps_its_spelling_and_its_place() {
        let target = r#"{"b":10.0,"a":{"x":1E2,"y":[1.50]},"c":"\u0041"}"#;
        let patch = r#"{"a":{"x":2.0},"\u0062":3.0,"d":{"e":null,"f":4.0}}"#;
        let result = r#"{"b":3.0,"a":{"x":2.0,"y":[1.50]},"c":"\u0041","d":{"f":4.0}}"#;
        assert_eq!(patched(target, patch), result);
    }

    /// The algorithm of the RFC's section 2, word for word.
    fn reference(target: Option<Value>, patch: Value) -> Value {
        let Value::Object(patch) = patch else { return patch };
        let mut target = match target {
            Some(Value::Object(target)) => target,
            _ => Map::new(),
        };
        for (name, value) in patch {
            if value.is_null() {
                target.remove(&name);
            } else {
                let old = target.remove(&name);
                target.insert(name, reference(old, value));
            }
        }
        Value::Object(target)
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,3}".prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            let members = proptest::collection::vec(("[a-c\"/é]{0,2}", inner.clone()), 0..4);
            prop_oneof![
                proptest::collection::vec(inner, 0..3).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn patches_are_those_of_the_rfc(target in value(), patch in value()) {
            let text = patched(&target.to_string(), &patch.to_string());
            let result: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(result, reference(Some(target), patch));
        }

        #[test]
        fn a_patch_applied_twice_is_the_patch_applied_once(target in value(), patch in value()) {
            let once = patched(&target.to_string(), &patch.to_string());
            prop_assert_eq!(patched(&once, &patch.to_string()), once);
        }
    }
}
