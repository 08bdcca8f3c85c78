//! What holds for whatever is written.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::*;
use crate::{Changed, Kind, Refusal};

/// A rule, often one that works.
fn rule() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => select(vec![json!("on"), json!("off"), json!(true), json!(1.0), Value::Null, json!("nope")]),
        2 => select(vec![json!({"var": "x"}), json!({"$ref": "a"}), json!({"$ref": "b"}), json!({"$ref": "none"})]),
        1 => select(vec![json!(9_007_199_254_740_993_i64), json!({}), json!([]), json!({"x": 1, "y": 2})]),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let operator = select(vec!["if", "and", "or", "!", "==", "fractional", "nope"]);
        prop_oneof![
            3 => (operator, vec(inner.clone(), 0..4)).prop_map(|(name, arguments)| json!({ name: arguments })),
            1 => (inner, any::<i8>()).prop_map(|(variant, weight)| json!({"fractional": [[variant, weight]]})),
        ]
    })
}

/// A flag, often one that works.
fn flag() -> impl Strategy<Value = Value> {
    let members = (
        select(vec![json!("ENABLED"), json!("ENABLED"), json!("DISABLED"), json!("on")]),
        select(vec![
            json!({"on": 1.0, "off": 2}),
            json!({"on": true, "off": false}),
            json!({"on": 1, "x": "y"}),
        ]),
        option::of(select(vec![json!("on"), json!("none"), Value::Null])),
        option::of(rule()),
        option::of(select(vec![json!(true), json!("yes")])),
        option::of(select(vec![json!(["a", "b"]), json!([1])])),
    );
    members.prop_map(|(state, variants, default, targeting, visible, tags)| {
        let mut flag = Map::from_iter([("state".to_owned(), state), ("variants".to_owned(), variants)]);
        for (name, value) in [
            ("defaultVariant", default),
            ("targeting", targeting.filter(Value::is_object)),
            ("clientVisible", visible),
            ("tags", tags),
        ] {
            flag.extend(value.map(|value| (name.to_owned(), value)));
        }
        Value::Object(flag)
    })
}

/// A file with flags `f0`, `f1`, ... and segments `a` and `b`, as text.
fn file() -> impl Strategy<Value = String> {
    (vec(flag(), 0..4), vec(rule(), 0..3), any::<bool>()).prop_map(|(flags, segments, metadata)| {
        let flags: Map<String, Value> =
            flags.into_iter().enumerate().map(|(index, flag)| (format!("f{index}"), flag)).collect();
        let names = ["a", "b"].map(str::to_owned);
        let segments: Map<String, Value> = names.into_iter().zip(segments).collect();
        let mut file = json!({"flags": flags, "$evaluators": segments});
        if metadata {
            file["metadata"] = json!({"m": 1});
        }
        file.to_string()
    })
}

/// A file without faults.
fn sound() -> impl Strategy<Value = Definition> {
    file().prop_filter_map("faults", |file| Some(Definition::parse_strict(&file).ok()?.definition))
}

/// A definition that changes were made to, as they are listed.
fn replayed(mut definition: Definition, changes: &[Changed]) -> Definition {
    for Changed { kind, key, before, after } in changes {
        let texts = match kind {
            Kind::Flag => &mut definition.flags,
            Kind::Segment => &mut definition.evaluators,
            _ => &mut definition.others,
        };
        let replaced = match after {
            Some(after) => texts.insert(key.as_str().into(), after.as_str().into()),
            None => texts.remove(key.as_str()),
        };
        assert_eq!(replaced.as_deref(), before.as_deref());
    }
    definition
}

/// What must hold of every edit that is accepted.
fn assert_sound(edit: &Edit) {
    let json = edit.definition.to_json();
    assert_eq!(Definition::parse(&json).as_ref(), Ok(&edit.definition), "what is refused is not accepted");
    let again = Definition::parse_strict(&json).map(|edit| edit.definition);
    assert_eq!(again.as_ref(), Ok(&edit.definition), "a sound definition stays one");
}

proptest! {
    #[test]
    fn strict_accepts_nothing_else_than_lenient(file in file()) {
        let lenient = Definition::parse(&file);
        match Definition::parse_strict(&file) {
            Ok(edit) => {
                prop_assert_eq!(lenient.as_ref(), Ok(&edit.definition));
                let again = Definition::parse_strict(&edit.definition.to_json()).unwrap();
                prop_assert_eq!(again.warnings.len(), edit.warnings.len());
                prop_assert_eq!(edit.definition.warnings(), again.warnings);
            }
            Err(Refusal::Invalid(faults)) => {
                let all: Value = serde_json::from_str(&file).unwrap();
                prop_assert!(!faults.is_empty());
                for fault in &faults {
                    // What is missing is told where it would be.
                    let parent = fault.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    prop_assert!(all.pointer(parent).is_some(), "{:?}", fault);
                }
                if let Err(DefinitionError { pointer, .. }) = lenient {
                    prop_assert!(faults.iter().any(|fault| fault.pointer == pointer));
                }
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn an_edit_changes_what_it_names(before in sound(), key in "f[0-5]", flag in flag(), rule in rule()) {
        if let Ok(edit) = before.with_flag(&key, &flag.to_string()) {
            assert_sound(&edit);
            let changes = before.changes_to(&edit.definition);
            prop_assert!(changes.iter().all(|change| (change.kind, &change.key) == (Kind::Flag, &key)));
            prop_assert_eq!(edit.definition.flag(&key).map(str::to_owned), Some(flag.to_string()));
        }
        for name in ["a", "b", "c"] {
            if let Ok(edit) = before.with_segment(name, &rule.to_string()) {
                assert_sound(&edit);
                prop_assert_eq!(edit.definition.segment(name).map(str::to_owned), Some(rule.to_string()));
            }
            if let Ok(definition) = before.without_segment(name) {
                assert_sound(&Edit { definition, warnings: vec![] });
            }
        }
    }

    #[test]
    fn a_patch_is_a_put_of_what_it_makes(before in sound(), patch in flag(), removed in option::of("state|tags|targeting")) {
        let mut patch = patch;
        if let Some(removed) = removed {
            patch[removed] = Value::Null;
        }
        for key in before.keys() {
            let patched = json::merge_patch(before.flag(key), &patch.to_string()).unwrap();
            let (one, other) = (before.with_patched_flag(key, &patch.to_string()), before.with_flag(key, &patched));
            prop_assert_eq!(one.map(|edit| edit.definition), other.map(|edit| edit.definition));
        }
    }

    #[test]
    fn changes_lead_from_one_definition_to_the_other(one in sound(), other in sound()) {
        let changes = one.changes_to(&other);
        prop_assert!(changes.is_sorted_by_key(|change| (Kind::ALL.iter().position(|kind| *kind == change.kind), change.key.clone())));
        prop_assert_eq!(replayed(one, &changes), other);
    }

    #[test]
    fn merging_and_promoting_keep_definitions_sound(target in sound(), source in sound(), prune in any::<bool>()) {
        let merged = target.merged_with_file(&source.to_json());
        if let Ok(edit) = merged {
            assert_sound(&edit);
            prop_assert!(source.flags().all(|(key, text)| edit.definition.flag(key) == Some(text)));
        }
        for names in [None, Some(vec!["f0".to_owned()])] {
            let Ok(edit) = target.promoted_from(&source, names.as_deref(), prune) else { continue };
            assert_sound(&edit);
            let is_taken = |key: &str| names.as_ref().is_none_or(|names| names.iter().any(|name| name == key));
            for (key, text) in source.flags().filter(|(key, _)| is_taken(key)) {
                prop_assert_eq!(edit.definition.flag(key), Some(text));
            }
            let kept = |key: &str| edit.definition.flag(key) == target.flag(key);
            prop_assert!(target.keys().all(|key| source.flag(key).is_some() || prune || kept(key)));
            if prune && names.is_none() {
                prop_assert!(edit.definition.keys().eq(source.keys()));
            }
        }
    }

    #[test]
    fn no_text_panics(text in r#"[\[\]{}",:0-9.eE+\-\\u a-d]{0,60}"#) {
        let _ = Definition::parse_strict(&text);
        let _ = Definition::parse_strict(&format!("{{\"flags\":{text}}}"));
        let one = Definition::parse(r#"{"flags":{"f":{"state":"ENABLED","variants":{"a":1}}},"$evaluators":{"a":[]}}"#);
        let one = one.unwrap();
        let edits = [
            one.with_flag(&text, &text),
            one.with_patched_flag("f", &text),
            one.with_segment("a", &text),
            one.with_patched_segment("a", &text),
        ];
        edits.iter().flatten().for_each(assert_sound);
    }
}
