use super::*;
use crate::Fault;

const ON: &str = r#"{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}"#;

fn definition(json: &str) -> Definition {
    Definition::parse(json).unwrap()
}

/// A flag with that targeting and the variants `on` and `off`.
fn targeted(targeting: &str) -> String {
    format!(r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"targeting":{targeting}}}"#)
}

fn faults(refused: Result<Edit, Refusal>) -> Vec<String> {
    match refused {
        Err(Refusal::Invalid(faults)) => faults.into_iter().map(|Fault { pointer, .. }| pointer).collect(),
        other => panic!("{other:?}"),
    }
}

fn conflict<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> String {
    match refused {
        Err(Refusal::Conflict(message)) => message.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flag_is_added_replaced_and_removed_and_nothing_else_changes() {
    let before =
        definition(r#"{"flags":{"a":{"state":"ENABLED","variants":{"on":10.0}}},"metadata":{"m":1}}"#);
    let added = before.with_flag("b", " { \"state\":\"DISABLED\", \"variants\":{ \"on\": 1E2 } } ").unwrap();
    assert_eq!(added.warnings, []);
    assert_eq!(added.definition.flag("b"), Some(r#"{"state":"DISABLED","variants":{"on":1E2}}"#));
    assert_eq!(added.definition.without_flag("b").unwrap(), before);
    let replaced = added.definition.with_flag("a", ON).unwrap().definition;
    assert_eq!(replaced.flag("a"), Some(ON));
    assert_eq!(replaced.metadata(), before.metadata());
    assert_eq!(before.without_flag("b").unwrap_err(), Refusal::NotFound("flag"));
}

#[test]
fn every_fault_of_a_flag_is_told_where_it_is() {
    let flag = r#"{"state":"on","variants":{"on":true,"off":0,"big":9007199254740993},"defaultVariant":"none",
        "targeting":{"if":[{"nope":1},"yes",{"$ref":"nowhere"},"on",{"fractional":[["on",1.5],["of",1]]}]},
        "metadata":{"a":[]},"clientVisible":"yes","tags":["a",1],"description":null}"#;
    assert_eq!(
        faults(Definition::empty().with_flag("f", flag)),
        [
            "/state",
            "/variants/on",
            "/defaultVariant",
            "/metadata/a",
            "/clientVisible",
            "/description",
            "/tags/1",
            "/targeting/if/0",
            "/targeting/if/2",
            "/targeting/if/4/fractional/0/1",
            "/targeting/if/1",
            "/targeting/if/4/fractional/1/0",
            "/variants/big",
        ]
    );
    for (flag, pointer) in [
        ("", ""),
        ("[]", ""),
        ("{\"state\":\"ENABLED\",\"state\":1}", "/state"),
        (r#"{"state":"ENABLED","variants":{"on":1}} x"#, ""),
    ] {
        assert_eq!(faults(Definition::empty().with_flag("f", flag)), [pointer], "{flag}");
    }
    assert_eq!(faults(Definition::empty().with_flag("", ON)), [""]);
}

#[test]
fn what_flagd_only_ignores_is_warned_of() {
    let flag = r#"{"state":"ENABLED","variants":{"on":true},"targets":{},
        "targeting":{"if":[{"sem_ver":[{"var":"v"},"=>","1.x"]},"on",{"fractional":[["on",0]]}]}}"#;
    let edit = Definition::empty().with_flag("a/b", flag).unwrap();
    let pointers: Vec<&str> = edit.warnings.iter().map(|warning| warning.pointer.as_str()).collect();
    let sem_ver = "/targeting/if/0/sem_ver";
    assert_eq!(
        pointers,
        ["", &format!("{sem_ver}/2"), &format!("{sem_ver}/1"), "/targeting/if/2/fractional", "/targets"]
    );
}

#[test]
fn the_faults_of_other_flags_are_not_in_the_way() {
    let faulty = format!(r#"{{"flags":{{"bad":{},"f":{ON}}}}}"#, targeted(r#"{"nope":1}"#));
    let edit = definition(&faulty).with_flag("f", &targeted(r#"{"if":[true,"on"]}"#)).unwrap();
    assert_eq!(edit.definition.len(), 2);
}

#[test]
fn a_patch_changes_what_it_names_and_is_checked_as_a_whole() {
    let flags = r#"{"flags":{"f":{"state":"ENABLED","variants":{"a":10.0,"b":1.50},"defaultVariant":"a","x":{"y":1,"z":2}}}}"#;
    let before = definition(flags);
    let patch =
        r#" { "state": "DISABLED", "defaultVariant": null, "x": { "y": null }, "variants": { "c": 2E1 } } "#;
    let patched = before.with_patched_flag("f", patch).unwrap().definition;
    let after = r#"{"state":"DISABLED","variants":{"a":10.0,"b":1.50,"c":2E1},"x":{"z":2}}"#;
    assert_eq!(patched.flag("f"), Some(after));
    assert_eq!(faults(before.with_patched_flag("f", r#"{"variants":{"a":null}}"#)), ["/defaultVariant"]);
    assert_eq!(faults(before.with_patched_flag("f", "null")), [""]);
    assert_eq!(faults(before.with_patched_flag("f", r#"{"x":{"y":1,"y":2}}"#)), ["/x/y"]);
    assert_eq!(before.with_patched_flag("g", "{}").unwrap_err(), Refusal::NotFound("flag"));
}

#[test]
fn a_segment_in_use_stays() {
    let before = definition(&format!(
        r#"{{"flags":{{"f":{}}},"$evaluators":{{"a":{{"!":{{"$ref":"b"}}}},"b":{{"var":"x"}},"c":true}}}}"#,
        targeted(r#"{"if":[{"\u0024ref":"a"},"on"]}"#)
    ));
    assert!(before.without_segment("c").is_ok());
    assert!(conflict(before.without_segment("a")).contains("the flag \"f\""));
    assert!(conflict(before.without_segment("b")).contains("the segment \"a\""));
    assert_eq!(before.without_segment("d").unwrap_err(), Refusal::NotFound("segment"));
    let without = before.without_flag("f").unwrap().without_segment("a").unwrap();
    assert_eq!(without.segment_names().collect::<Vec<_>>(), ["b", "c"]);
}

#[test]
fn a_segment_is_checked_with_what_refers_to_it() {
    let before = definition(&format!(
        r#"{{"flags":{{"f":{},"g":{},"h":{}}},"$evaluators":{{"a":{{"if":[{{"$ref":"b"}},"on"]}},"b":true}}}}"#,
        targeted(r#"{"$ref":"a"}"#),
        targeted(r#"{"if":[{"$ref":"missing"},"on"]}"#),
        targeted(r#"{"if":[{"$ref":"b"},"on"]}"#),
    ));
    let changed = before.with_segment("b", r#" { "==": [ 1.0, 1 ] } "#).unwrap();
    assert_eq!(changed.definition.segment("b"), Some(r#"{"==":[1.0,1]}"#));
    assert_eq!(faults(before.with_segment("b", r#"{"!":{"$ref":"a"}}"#)), ["/!"]);
    assert_eq!(faults(before.with_segment("n", r#"{"!":{"$ref":"n"}}"#)), ["/!"]);
    assert_eq!(faults(before.with_segment("n", r#"[{"nope":1},{"a":1,"b":2}]"#)), ["/0", "/1"]);
    assert_eq!(faults(before.with_segment("n", "1 2")), [""]);
    assert_eq!(faults(before.with_segment(&"n".repeat(257), "true")), [""]);
    let message = conflict(before.with_segment("a", r#"{"if":[true,"of"]}"#));
    assert!(message.contains("the flag \"f\"") && !message.contains("\"h\""), "{message}");
    let costly = r#"{"reduce":[{"var":"x"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}"#;
    let message = conflict(before.with_segment("b", costly));
    assert!(message.contains("\"f\"") && message.contains("\"h\""), "{message}");
    // A flag that refers to nothing is no worse off with something.
    assert!(before.with_segment("missing", "true").is_ok());
}

#[test]
fn a_segment_can_be_patched() {
    let before = definition(r#"{"flags":{},"$evaluators":{"s":{"in":[{"var":"x"},[1.0]]}}}"#);
    let after = before.with_patched_segment("s", r#"{"in":null,"==":[{"var":"x"},2.0]}"#).unwrap();
    assert_eq!(after.definition.segment("s"), Some(r#"{"==":[{"var":"x"},2.0]}"#));
    assert_eq!(faults(before.with_patched_segment("s", r#"{"==":[1,2]}"#)), [""]);
    assert_eq!(before.with_patched_segment("t", "true").unwrap_err(), Refusal::NotFound("segment"));
}

#[test]
fn an_environment_has_room_for_so_much() {
    let flags: Vec<String> = (0..limits::MAX_FLAGS).map(|index| format!("\"f{index}\":{ON}")).collect();
    let full = definition(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(",")));
    assert!(conflict(full.with_flag("one more", ON)).contains("5000 flags"));
    assert!(full.with_flag("f0", ON).is_ok());

    let large = format!(r#"{{"state":"ENABLED","variants":{{"on":"{}"}}}}"#, "x".repeat(65_000));
    let count = limits::MAX_DEFINITION_BYTES / large.len();
    let flags: Vec<String> = (0..count).map(|index| format!("\"f{index}\":{large}")).collect();
    let full = definition(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(",")));
    assert!(conflict(full.with_flag("one more", &large)).contains("bytes"));
    assert!(full.with_flag("f0", &large).is_ok());
}
