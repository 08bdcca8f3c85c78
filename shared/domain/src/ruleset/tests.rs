use super::*;
use crate::Reason;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_999);

fn context(json: &str) -> Context {
    Context::from_ofrep_body(format!(r#"{{"context":{json}}}"#).as_bytes()).unwrap()
}

fn ruleset(json: &str) -> Ruleset {
    Ruleset::new(&Definition::parse(json).unwrap(), Bucketing::V3)
}

/// A flag whose targeting is under test; variants are named by what rules return.
fn targeted(targeting: &str) -> Ruleset {
    ruleset(&format!(
        r#"{{"flags":{{"f":{{"state":"ENABLED","defaultVariant":"none","targeting":{targeting},
            "variants":{{"none":"","yes":"y","true":"t","false":"f","1":"int","1.5":"float","f":"key"}}}}}}}}"#
    ))
}

fn variant(targeting: &str, attributes: &str) -> Result<Option<String>, ErrorCode> {
    match targeted(targeting).evaluate("f", Scope::Server, &context(attributes), NOW) {
        Evaluation::Resolved { variant, .. } => Ok(variant.map(str::to_owned)),
        Evaluation::Failed { code, .. } => Err(code),
    }
}

fn resolved<'r>(
    value: Option<&'r str>,
    variant: Option<&'r str>,
    reason: Reason,
    metadata: &'r str,
) -> Evaluation<'r> {
    Evaluation::Resolved { value, variant, reason, metadata }
}

#[test]
fn a_flag_without_targeting_has_its_default_variant() {
    let rules = ruleset(
        r#"{"flags":{
            "plain":{"state":"ENABLED","variants":{"ten":10.0,"one":1},"defaultVariant":"ten"},
            "empty":{"state":"ENABLED","variants":{"on":{ "a": [1, 2.0] }},"defaultVariant":"on","targeting":{}},
            "off":{"state":"DISABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"nope":1}},
            "code":{"state":"ENABLED","variants":{"on":true}},
            "null":{"state":"ENABLED","variants":{"on":true},"defaultVariant":null},
            "blank":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"","targeting":{"if":[false,"on"]}}}}"#,
    );
    for (key, expected) in [
        ("plain", resolved(Some("10.0"), Some("ten"), Reason::Static, "{}")),
        ("empty", resolved(Some(r#"{"a":[1,2.0]}"#), Some("on"), Reason::Static, "{}")),
        ("off", resolved(None, None, Reason::Disabled, "{}")),
        ("code", resolved(None, None, Reason::Default, "{}")),
        ("null", resolved(None, None, Reason::Default, "{}")),
        ("blank", resolved(None, None, Reason::Default, "{}")),
    ] {
        assert_eq!(rules.evaluate(key, Scope::Server, &Context::default(), NOW), expected, "{key}");
    }
}

#[test]
fn the_result_of_the_targeting_names_the_variant() {
    for (targeting, expected) in [
        (r#"{"if":[true,"yes"]}"#, Ok("yes")),
        (r#"{"==":[1,1]}"#, Ok("true")),
        (r#"{"==":[1,2]}"#, Ok("false")),
        (r#"{"+":[0,1]}"#, Ok("1")),
        (r#"{"/":[3,2]}"#, Ok("1.5")),
        (r#"{"if":[false,"yes"]}"#, Ok("none")),
        (r#"{"var":"missing"}"#, Ok("none")),
        (r#"{"if":[true,"no such variant"]}"#, Err(ErrorCode::General)),
        (r#"{"if":[true,""]}"#, Err(ErrorCode::General)),
        (r#"{"merge":["yes"]}"#, Err(ErrorCode::General)),
        (r#"{"nope":["yes"]}"#, Err(ErrorCode::ParseError)),
        (r#"{"if":[true,"yes",{"nope":1}]}"#, Ok("yes")),
        (r#"{"if":[true,"yes",{"a":1,"b":2}]}"#, Err(ErrorCode::ParseError)),
        (r#"{"$ref":"nowhere"}"#, Err(ErrorCode::ParseError)),
        (r#"{"val":"yes"}"#, Err(ErrorCode::ParseError)),
        (r#"{"<":[{"var":"text"},1]}"#, Err(ErrorCode::ParseError)),
        (r#"{"==":[{"var":"object"},1]}"#, Ok("false")),
    ] {
        let found = variant(targeting, r#"{"text":"abc","object":{}}"#);
        assert_eq!(found, expected.map(|name| Some(name.to_owned())), "{targeting}");
    }
}

#[test]
fn rules_see_the_context_and_the_server_s_attributes() {
    for (targeting, expected) in [
        (r#"{"var":"$flagd.flagKey"}"#, "f"),
        (r#"{"==":[{"var":"$flagd.timestamp"},1700000000]}"#, "true"),
        (r#"{"==":[{"var":"targetingKey"},"me"]}"#, "true"),
        (r#"{"var":"deep.list.1.name"}"#, "yes"),
        (r#"{"some":[{"var":"tags"},{"==":[{"var":""},"b"]}]}"#, "true"),
        (r#"{"reduce":[{"var":"numbers"},{"+":[{"var":"current"},{"var":"accumulator"}]},-5]}"#, "1"),
        (r#"{"starts_with":[{"var":"targetingKey"},"m"]}"#, "true"),
        (r#"{"ends_with":[{"var":"targetingKey"},"m"]}"#, "false"),
        (r#"{"ends_with":[{"var":"numbers"},"m"]}"#, "none"),
        (r#"{"starts_with":["m"]}"#, "none"),
        (r#"{"sem_ver":[{"var":"version"},">=","1.9"]}"#, "true"),
        (r#"{"sem_ver":[{"var":"number"},"~","1.5.7"]}"#, "true"),
        (r#"{"sem_ver":[{"var":"version"},"===","1.9"]}"#, "none"),
        // In the body of an iteration there is no targeting key.
        (r#"{"some":[[1],{"fractional":[["yes",1]]}]}"#, "false"),
    ] {
        let attributes = r#"{"targetingKey":"me","version":"1.10.0","number":1.5,"numbers":[1,2,3],"tags":["a","b"],
            "deep":{"list":[{},{"name":"yes"}]},"$flagd":{"flagKey":"forged","timestamp":0}}"#;
        assert_eq!(variant(targeting, attributes), Ok(Some(expected.to_owned())), "{targeting}");
    }
}

#[test]
fn segments_are_shared_and_a_cycle_fails_alone() {
    let rules = ruleset(
        r#"{"flags":{
            "a":{"state":"ENABLED","variants":{"on":1,"off":0},"targeting":{"if":[{"$ref":"pro"},"on","off"]}},
            "b":{"state":"ENABLED","variants":{"on":1,"off":0},"targeting":{"if":[{"$ref":"loop"},"on","off"]}},
            "c":{"state":"ENABLED","variants":{"on":1,"off":0},"targeting":{"if":[{"!":{"$ref":"pro"}},"on","off"]}}},
        "$evaluators":{"pro":{"==":[{"$ref":"plan"},"pro"]},"plan":{"var":"plan"},"loop":{"!":{"$ref":"loop"}}}}"#,
    );
    let mut variants = Vec::new();
    rules.evaluate_all(Scope::Server, &context(r#"{"plan":"pro"}"#), NOW, &mut |key, evaluation| {
        variants.push((
            key,
            match evaluation {
                Evaluation::Resolved { variant, .. } => variant,
                Evaluation::Failed { code, .. } => Some(code.as_str()),
            },
        ));
    });
    assert_eq!(variants, [("a", Some("on")), ("b", Some("PARSE_ERROR")), ("c", Some("off"))]);
}

#[test]
fn a_client_sees_the_flags_that_are_marked_for_it_and_no_others() {
    let rules = ruleset(
        r#"{"flags":{
            "open":{"state":"ENABLED","variants":{"on":1},"defaultVariant":"on","clientVisible":true},
            "closed":{"state":"ENABLED","variants":{"on":1},"defaultVariant":"on","clientVisible":false},
            "unmarked":{"state":"ENABLED","variants":{"on":1},"defaultVariant":"on"},
            "odd":{"state":"ENABLED","variants":{"on":1},"defaultVariant":"on","clientVisible":"true"}}}"#,
    );
    let context = Context::default();
    let seen = |scope| {
        let mut keys = Vec::new();
        rules.evaluate_all(scope, &context, NOW, &mut |key, _| keys.push(key));
        keys
    };
    assert_eq!(seen(Scope::Server), ["closed", "odd", "open", "unmarked"]);
    assert_eq!(seen(Scope::Client), ["open"]);
    let absent = rules.evaluate("no such flag", Scope::Client, &context, NOW);
    for key in ["closed", "odd", "unmarked"] {
        assert_eq!(rules.evaluate(key, Scope::Client, &context, NOW), absent, "{key}");
        assert_ne!(rules.evaluate(key, Scope::Server, &context, NOW), absent, "{key}");
    }
    let open = rules.evaluate("open", Scope::Client, &context, NOW);
    assert_eq!(open, rules.evaluate("open", Scope::Server, &context, NOW));
    assert_ne!(open, absent);
}

#[test]
fn a_flag_that_is_not_there_fails_with_the_metadata_of_the_set() {
    let rules = ruleset(r#"{"flags":{},"metadata":{ "set": 1.0 }}"#);
    let Evaluation::Failed { code, metadata, .. } =
        rules.evaluate("f", Scope::Server, &Context::default(), NOW)
    else {
        panic!()
    };
    assert_eq!((code, metadata), (ErrorCode::FlagNotFound, r#"{"set":1.0}"#));
    assert_eq!(rules.metadata(), r#"{"set":1.0}"#);
    assert!(rules.is_empty());
}

#[test]
fn metadata_of_the_flag_overlays_that_of_the_set() {
    let json = |own: &str| {
        let flag = format!(r#""state":"ENABLED","variants":{{"on":1}},"targeting":{{"nope":1}}{own}"#);
        format!(r#"{{"flags":{{"f":{{{flag}}}}},"metadata":{{"a":1,"b":2.50}}}}"#)
    };
    for (own, expected) in [
        (r#","metadata":{"a":"own","c":true}"#, r#"{"b":2.50,"a":"own","c":true}"#),
        (r#","metadata":{}"#, r#"{"a":1,"b":2.50}"#),
        ("", r#"{"a":1,"b":2.50}"#),
    ] {
        let rules = ruleset(&json(own));
        let Evaluation::Failed { metadata, .. } =
            rules.evaluate("f", Scope::Server, &Context::default(), NOW)
        else {
            panic!()
        };
        assert_eq!(metadata, expected, "{own}");
    }
}

#[test]
fn a_rule_over_a_limit_fails_alone_and_is_warned_of() {
    let multiplying = r#"{"reduce":[{"var":"x"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}"#;
    let json = format!(
        r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"on":1}},"targeting":{multiplying}}},
                       "g":{{"state":"ENABLED","variants":{{"on":1}},"defaultVariant":"on"}}}}}}"#
    );
    let definition = Definition::parse(&json).unwrap();
    assert_eq!(definition.warnings()[0].pointer, "/flags/f/targeting");
    let rules = Ruleset::new(&definition, Bucketing::V3);
    let Evaluation::Failed { code, details, .. } =
        rules.evaluate("f", Scope::Server, &Context::default(), NOW)
    else {
        panic!()
    };
    assert_eq!(code, ErrorCode::General);
    assert!(details.contains("time or memory"), "{details}");
    assert!(matches!(
        rules.evaluate("g", Scope::Server, &Context::default(), NOW),
        Evaluation::Resolved { .. }
    ));
}

#[test]
fn the_clock_is_found_behind_a_reference() {
    let rules = |segment: &str| {
        ruleset(&format!(
            r#"{{"flags":{{"f":{{"state":"ENABLED","variants":{{"on":1}},"targeting":{{"$ref":"s"}}}}}},
                "$evaluators":{{"s":{segment}}}}}"#
        ))
    };
    assert!(rules(r#"{"<":[{"var":"$flagd.timestamp"},1]}"#).reads_clock());
    assert!(!rules(r#"{"==":[{"var":"$flagd.flagKey"},"f"]}"#).reads_clock());
}

#[test]
fn a_canonical_text_is_loaded_and_any_other_refused() {
    let definition = Definition::parse(
        r#"{"flags":{"b":{"state":"ENABLED","variants":{"on":1}},"a":{"state":"DISABLED","variants":{"on":1}}},
            "$evaluators":{"s":true},"metadata":{"m":1},"other":[1]}"#,
    )
    .unwrap();
    let rules = Ruleset::from_canonical_json(&definition.to_json(), Bucketing::V2).unwrap();
    assert_eq!((rules.len(), rules.metadata()), (2, r#"{"m":1}"#));
    for damaged in
        ["", "{", "[]", r#"{"flags":[]}"#, r#"{"flags":{"b":1,"a":2}}"#, r#"{"flags":{"a":1,"a":2}}"#]
    {
        assert!(Ruleset::from_canonical_json(damaged, Bucketing::V2).is_err(), "{damaged}");
    }
}

#[test]
fn damage_within_a_flag_fails_that_flag() {
    for damaged in [
        "1",
        "{}",
        r#"{"state":"ENABLED","variants":1}"#,
        r#"{"state":"ENABLED","variants":{"on":1},"defaultVariant":"off"}"#,
        r#"{"state":"ENABLED","variants":{"on":1},"targeting":{"a":1,"a":1}}"#,
        r#"{"state":"ENABLED","variants":{"on":1},"metadata":1}"#,
    ] {
        let json = format!(r#"{{"flags":{{"f":{damaged}}}}}"#);
        let rules = Ruleset::from_canonical_json(&json, Bucketing::V3).unwrap();
        let Evaluation::Failed { code, metadata, .. } =
            rules.evaluate("f", Scope::Server, &Context::default(), NOW)
        else {
            panic!("{damaged}")
        };
        assert_eq!((code, metadata), (ErrorCode::General, "{}"), "{damaged}");
    }
}

#[test]
fn a_ruleset_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Ruleset>();
}
