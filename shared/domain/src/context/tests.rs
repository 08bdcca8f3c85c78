use super::*;

fn context(json: &str) -> Context {
    Context::from_ofrep_body(format!(r#"{{"context":{json}}}"#).as_bytes()).unwrap()
}

fn refused(body: &[u8]) -> (String, String) {
    let ContextError { pointer, message } = Context::from_ofrep_body(body).unwrap_err();
    (pointer, message)
}

#[test]
fn whatever_clients_send_for_no_context_is_an_empty_context() {
    for body in ["", " \n", "{}", r#"{"context":{}}"#, r#"{"context":null}"#, r#"{"other":[1]}"#] {
        let context = Context::from_ofrep_body(body.as_bytes()).unwrap();
        assert!(context.attributes().is_empty(), "{body}");
    }
}

#[test]
fn what_is_no_object_is_refused_where_it_stands() {
    for body in ["null", "1", "[]", "\"text\"", "true"] {
        assert_eq!(
            refused(body.as_bytes()),
            (String::new(), "the body must be a JSON object".into()),
            "{body}"
        );
    }
    for body in [r#"{"context":[]}"#, r#"{"context":"text"}"#, r#"{"context":1}"#, r#"{"context":false}"#] {
        let expected = ("/context".to_owned(), "the context must be a JSON object".to_owned());
        assert_eq!(refused(body.as_bytes()), expected, "{body}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for body in ["{", "{}{}", "{\"context\":{\"a\":}}", "{\"context\":{\"a\":1e999}}", "{'context':{}}"] {
        assert!(refused(body.as_bytes()).1.starts_with("invalid JSON"), "{body}");
    }
    assert!(refused(b"{\"context\":{\"a\":\"\xff\"}}").1.starts_with("invalid JSON"));
}

#[test]
fn a_refusal_repeats_no_value() {
    let (pointer, message) = refused(br#"{"context":{"email":["secret@example.com",{"a":1,"a":"secret"}]}}"#);
    assert_eq!((pointer.as_str(), message.as_str()), ("/context/email/1/a", "the key is there twice"));
    let long = format!(r#"{{"context":{{"{}":1e999}}}}"#, "k".repeat(10_000));
    assert!(refused(long.as_bytes()).0.len() < 300);
}

#[test]
fn contexts_over_a_limit_are_refused() {
    let nested = |depth: usize| format!(r#"{{"context":{}1{}}}"#, "{\"a\":".repeat(depth), "}".repeat(depth));
    assert!(Context::from_ofrep_body(nested(limits::MAX_CONTEXT_DEPTH).as_bytes()).is_ok());
    assert!(refused(nested(limits::MAX_CONTEXT_DEPTH + 1).as_bytes()).1.starts_with("nested deeper"));
    let deep = format!(r#"{{"context":{{"a":{}{}}}}}"#, "[".repeat(30_000), "]".repeat(30_000));
    assert!(refused(deep.as_bytes()).1.starts_with("nested deeper"));
    let values = format!(r#"{{"context":{{"a":[{}1]}}}}"#, "1,".repeat(limits::MAX_CONTEXT_VALUES));
    assert!(refused(values.as_bytes()).1.starts_with("more than"));
    let large = vec![b' '; limits::MAX_BODY_BYTES + 1];
    assert!(refused(&large).1.starts_with("larger than"));
}

#[test]
fn the_fingerprint_ignores_order_and_what_is_dropped() {
    let one = context(r#"{"a":{"x":1,"y":[1,2]},"targetingKey":"u"}"#);
    let other = context(r#"{"targetingKey":"u","$flagd":{"flagKey":"f"}, "a":{"y":[1, 2],"x":1}}"#);
    assert_eq!(one.fingerprint(), other.fingerprint());
}

#[test]
fn the_fingerprint_changes_with_all_that_a_rule_can_see() {
    let contexts = [
        "{}",
        r#"{"a":1}"#,
        r#"{"a":1.0}"#,
        r#"{"a":"1"}"#,
        r#"{"a":true}"#,
        r#"{"a":null}"#,
        r#"{"a":[1]}"#,
        r#"{"a":[1,2]}"#,
        r#"{"a":[2,1]}"#,
        r#"{"a":{"1":1}}"#,
        r#"{"a":[[1],2]}"#,
        r#"{"a":[[1,2]]}"#,
        r#"{"a":"1","b":"2"}"#,
        r#"{"a":"1b2"}"#,
        r#"{"targetingKey":""}"#,
    ];
    let prints: std::collections::HashSet<_> =
        contexts.iter().map(|json| context(json).fingerprint()).collect();
    assert_eq!(prints.len(), contexts.len());
}

#[test]
fn a_context_can_be_held_across_threads_and_shows_nothing_when_printed() {
    fn shared<T: Send + Sync + 'static>(_: &T) {}
    let context = context(r#"{"email":"secret"}"#);
    shared(&context);
    assert_eq!(format!("{context:?}"), "Context { attributes: 1, .. }");
}
