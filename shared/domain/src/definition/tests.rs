use super::*;
use crate::limits;

fn flag(members: &str) -> String {
    format!(r#"{{"flags":{{"f":{{{members}}}}}}}"#)
}

fn refused(json: &str) -> (String, String) {
    let DefinitionError { pointer, message } = Definition::parse(json).unwrap_err();
    (pointer, message)
}

#[test]
fn the_canonical_text_is_sorted_minified_and_spelled_as_written() {
    let json = r#" { "$schema": "https://flagd.dev/schema/v0/flags.json", "metadata": { "b": 1.50, "a": "x" },
        "flags": { "z": { "state": "ENABLED", "variants": { "a": 10.0, "b": 1E3 }, "defaultVariant": "a", "owner": [ 1 ] },
                   "a": { "variants": { "on": true }, "state": "DISABLED" } },
        "version" : 2,
        "$evaluators": { "two": { "var": "x" }, "one": true } }"#;
    let canonical = concat!(
        r#"{"flags":{"a":{"variants":{"on":true},"state":"DISABLED"},"#,
        r#""z":{"state":"ENABLED","variants":{"a":10.0,"b":1E3},"defaultVariant":"a","owner":[1]}},"#,
        r#""$evaluators":{"one":true,"two":{"var":"x"}},"metadata":{"b":1.50,"a":"x"},"version":2}"#
    );
    let definition = Definition::parse(json).unwrap();
    assert_eq!(definition.to_json(), canonical);
    assert_eq!(Definition::parse(canonical).unwrap().to_json(), canonical);
    assert_eq!(definition.keys().collect::<Vec<_>>(), ["a", "z"]);
    assert_eq!(definition.len(), 2);
}

#[test]
fn flags_may_be_an_array() {
    let json = r#"{"flags":[{"key":"b","state":"ENABLED","variants":{"on":1.0}},
                            {"state":"ENABLED","key":"\u0061","variants":{"on":true},"x":{"key":1}}]}"#;
    let canonical = concat!(
        r#"{"flags":{"a":{"state":"ENABLED","variants":{"on":true},"x":{"key":1}},"#,
        r#""b":{"state":"ENABLED","variants":{"on":1.0}}}}"#
    );
    assert_eq!(Definition::parse(json).unwrap().to_json(), canonical);
    let twice = r#"{"flags":[{"key":"a","state":"ENABLED","variants":{"on":1}},{"key":"a","state":"ENABLED","variants":{"on":1}}]}"#;
    assert_eq!(refused(twice).0, "/flags/1");
    assert_eq!(refused(r#"{"flags":[{"state":"ENABLED","variants":{"on":1}}]}"#).0, "/flags/0");
}

#[test]
fn a_stored_text_is_read_back_as_it_was() {
    let json = r#"{"flags":{"b":{"state":"ENABLED","variants":{"on":10.0}},"a":{"state":"DISABLED","variants":{"on":1E2}}},
        "$evaluators":{"s":{"var":"x"}},"metadata":{"m":1},"other":[1]}"#;
    let definition = Definition::parse(json).unwrap();
    assert_eq!(Definition::from_canonical_json(&definition.to_json()).unwrap(), definition);
    assert_eq!(definition.flag("b"), Some(r#"{"state":"ENABLED","variants":{"on":10.0}}"#));
    assert_eq!(definition.segment("s"), Some(r#"{"var":"x"}"#));
    assert_eq!((definition.flag("s"), definition.segment("a")), (None, None));
    assert_eq!(definition.segment_names().collect::<Vec<_>>(), ["s"]);
    assert_eq!(Definition::empty().to_json(), r#"{"flags":{}}"#);
    for damaged in ["", "[]", r#"{"flags":[]}"#, r#"{"flags":{"a":}}"#] {
        assert!(Definition::from_canonical_json(damaged).is_err(), "{damaged}");
    }
}

#[test]
fn a_tag_follows_the_text() {
    assert_eq!(text_tag("{}"), text_tag("{}"));
    assert_ne!(text_tag("1"), text_tag("1.0"));
}

#[test]
fn what_flagd_refuses_is_refused_where_it_stands() {
    let variants = r#""variants":{"on":true}"#;
    for (members, pointer) in [
        (variants.to_owned(), "/flags/f"),
        (format!(r#""state":"enabled",{variants}"#), "/flags/f/state"),
        (r#""state":"ENABLED""#.to_owned(), "/flags/f"),
        (r#""state":"ENABLED","variants":{}"#.to_owned(), "/flags/f/variants"),
        (r#""state":"ENABLED","variants":[]"#.to_owned(), "/flags/f/variants"),
        (r#""state":"ENABLED","variants":{"":true}"#.to_owned(), "/flags/f/variants"),
        (r#""state":"ENABLED","variants":{"a":true,"b":1}"#.to_owned(), "/flags/f/variants/b"),
        (r#""state":"ENABLED","variants":{"a":null}"#.to_owned(), "/flags/f/variants/a"),
        (r#""state":"ENABLED","variants":{"a/b":[1]}"#.to_owned(), "/flags/f/variants/a~1b"),
        (format!(r#""state":"ENABLED",{variants},"defaultVariant":"off""#), "/flags/f/defaultVariant"),
        (format!(r#""state":"ENABLED",{variants},"defaultVariant":true"#), "/flags/f/defaultVariant"),
        (format!(r#""state":"ENABLED",{variants},"targeting":"on""#), "/flags/f/targeting"),
        (format!(r#""state":"ENABLED",{variants},"metadata":{{"a":{{}}}}"#), "/flags/f/metadata/a"),
        (format!(r#""state":"ENABLED",{variants},"metadata":[]"#), "/flags/f/metadata"),
        (format!(r#""state":"ENABLED",{variants},"state":"DISABLED""#), "/flags/f/state"),
        (
            format!(r#""state":"ENABLED",{variants},"targeting":{{"if":[{{"a":1,"a":2}}]}}"#),
            "/flags/f/targeting/if/0/a",
        ),
    ] {
        assert_eq!(refused(&flag(&members)).0, pointer, "{members}");
    }
    for (json, pointer) in [
        ("[]", ""),
        ("{}", ""),
        (r#"{"flags":1}"#, "/flags"),
        (r#"{"flags":{"f":1}}"#, "/flags/f"),
        (r#"{"flags":{"":{"state":"ENABLED","variants":{"on":1}}}}"#, "/flags/"),
        (r#"{"flags":{},"flags":{}}"#, "/flags"),
        (r#"{"flags":{},"metadata":{"a":null}}"#, "/metadata/a"),
        (r#"{"flags":{},"$evaluators":{"a":{"x":1,"x":1}}}"#, "/$evaluators/a/x"),
    ] {
        assert_eq!(refused(json).0, pointer, "{json}");
    }
}

#[test]
fn a_default_variant_may_be_left_to_the_code() {
    for default in ["", r#","defaultVariant":null"#, r#","defaultVariant":"""#, r#","defaultVariant":"on""#] {
        assert!(
            Definition::parse(&flag(&format!(r#""state":"ENABLED","variants":{{"on":1}}{default}"#))).is_ok()
        );
    }
}

#[test]
fn a_syntax_error_says_line_and_column() {
    let (_, message) = refused("{\"flags\":\n  {\"a\" 1}}");
    assert!(message.contains("line 2 column 8"), "{message}");
}

#[test]
fn definitions_over_a_limit_are_refused() {
    let on = r#""state":"ENABLED","variants":{"on":1}"#;
    let flags = |count: usize| {
        let flags: Vec<String> = (0..count).map(|index| format!(r#""f{index}":{{{on}}}"#)).collect();
        format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))
    };
    assert!(Definition::parse(&flags(limits::MAX_FLAGS)).is_ok());
    assert_eq!(refused(&flags(limits::MAX_FLAGS + 1)).0, "/flags");

    let text = "x".repeat(limits::MAX_FLAG_BYTES);
    assert!(refused(&flag(&format!(r#"{on},"x":"{text}""#))).1.starts_with("larger than"));
    let deep = format!(r#"{on},"targeting":{}1{}"#, "{\"!\":".repeat(200), "}".repeat(200));
    assert!(refused(&flag(&deep)).1.starts_with("nested deeper"));
    let key = "k".repeat(limits::MAX_FLAG_KEY_BYTES + 1);
    assert!(refused(&format!(r#"{{"flags":{{"{key}":{{{on}}}}}}}"#)).1.starts_with("a flag key has"));
    assert!(refused(&" ".repeat(limits::MAX_DEFINITION_BYTES + 1)).1.starts_with("larger than"));
}

#[test]
fn the_etag_changes_with_content_and_bucketing_alone() {
    let one = Definition::parse(&flag(r#""state":"ENABLED","variants":{"on":1}"#)).unwrap();
    let spaced = Definition::parse(&flag(r#" "state": "ENABLED", "variants": {"on": 1} "#)).unwrap();
    let other = Definition::parse(&flag(r#""state":"ENABLED","variants":{"on":1.0}"#)).unwrap();
    assert_eq!(one.etag(Bucketing::V3), spaced.etag(Bucketing::V3));
    assert_ne!(one.etag(Bucketing::V3), other.etag(Bucketing::V3));
    assert_ne!(one.etag(Bucketing::V3), one.etag(Bucketing::V2));
    assert_eq!(one.etag(Bucketing::V3).len(), 32);
}

fn warnings(json: &str) -> Vec<(String, String)> {
    let warnings = Definition::parse(json).unwrap().warnings();
    warnings.into_iter().map(|Warning { pointer, message }| (pointer, message)).collect()
}

#[test]
fn what_will_not_work_is_warned_of_where_it_stands() {
    let rule = |targeting: &str| {
        flag(&format!(r#""state":"ENABLED","variants":{{"on":1}},"targeting":{targeting}"#))
    };
    for (targeting, pointer, start) in [
        (r#"{"nope":[1]}"#, "", "no operation"),
        (r#"{"if":[true,{"val":"x"}]}"#, "/if/1", "no operation"),
        (r#"{"==":[1,1],"!=":[1,2]}"#, "", "more than one"),
        (r#"{"if":[{"$ref":"none"},"on"]}"#, "/if/0", "there is no segment"),
        (r#"{"if":[{"$ref":1},"on"]}"#, "/if/0", "$ref"),
        (r#"{"if":[{"==":[{"var":"x"},9007199254740992]},"on"]}"#, "/if/0/==/1", "beyond"),
        (r#"{"fractional":[["on",1.5]]}"#, "/fractional/0/1", "a weight"),
        (r#"{"fractional":[["on",2147483647],["on",1]]}"#, "/fractional", "the weights"),
        (r#"{"fractional":[["on",1,2]]}"#, "/fractional/0", "a bucket"),
    ] {
        let found = warnings(&rule(targeting));
        assert_eq!(found.len(), 1, "{targeting}: {found:?}");
        assert_eq!(found[0].0, format!("/flags/f/targeting{pointer}"), "{targeting}");
        assert!(found[0].1.starts_with(start), "{targeting}: {found:?}");
    }
    assert!(warnings(&rule(r#"{"fractional":[["on",0],["on"],["on",{"var":"x"}]]}"#)).is_empty());
}

#[test]
fn segments_and_variants_are_looked_at_too() {
    let json = r#"{"flags":{"a/b":{"state":"ENABLED","variants":{"on":1e300}}},
        "$evaluators":{"x":{"$ref":"y"},"y":{"!":{"$ref":"x"}},"z":{"nope":1}}}"#;
    let pointers: Vec<String> = warnings(json).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        ["/flags/a~1b", "/flags/a~1b/variants/on", "/$evaluators/x", "/$evaluators/y/!", "/$evaluators/z"]
    );
}
