//! One flag of a definition file: what flagd refuses.

use crate::{
    findings::Findings,
    json::{self, Bounds, Json, Problem, minify, write_object},
    limits,
};

/// Reads a flag.
pub(super) fn tree(json: &str) -> Result<Json, Problem> {
    let tree = json::parse(json.as_bytes(), Bounds::DEFINITION)?;
    if tree.is_object() { Ok(tree) } else { Err(Problem::here("a flag is an object")) }
}

/// Takes a flag that holds its key apart, into the key and the flag without it.
pub(super) fn take_key(json: &str) -> Result<(String, String), Problem> {
    let Json::Object(mut flag) = tree(json)? else { return Err(Problem::here("a flag is an object")) };
    let position = flag.iter().position(|(name, _)| name == "key");
    let Some((_, Json::String(key))) = position.map(|index| flag.swap_remove(index)) else {
        return Err(Problem::here("a flag in an array has its key, a string, in the member key"));
    };
    let mut without_key = String::with_capacity(json.len());
    let members = json::members(json)?;
    let rest = members.iter().filter(|(name, _)| name != "key");
    write_object(&mut without_key, rest.map(|(name, value)| (name.as_str(), *value)));
    Ok((key, without_key))
}

/// The minified text of a valid JSON text, if it is not too long for a flag or a segment.
pub(super) fn minified(json: &str) -> Result<String, Problem> {
    let text = minify(json);
    if text.len() > limits::MAX_FLAG_BYTES {
        return Err(Problem::here(format!("larger than {} bytes", limits::MAX_FLAG_BYTES)));
    }
    Ok(text)
}

/// Checks the length of a flag key or of the name of a segment.
pub(super) fn check_length(what: &str, key: &str, findings: &mut Findings) {
    let max = limits::MAX_FLAG_KEY_BYTES;
    if key.is_empty() || key.len() > max {
        findings.fault(format!("{what} has 1 to {max} bytes"));
    }
}

/// Checks the members that flagd knows.
pub(super) fn check(flag: &Json, findings: &mut Findings) {
    match member(flag, "state") {
        Some(Json::String(state)) if state == "ENABLED" || state == "DISABLED" => {}
        Some(_) => findings.under("state", |findings| findings.fault("the state is ENABLED or DISABLED")),
        None => findings.fault("the member state is missing"),
    }
    match member(flag, "variants") {
        Some(variants) => {
            findings.under("variants", |findings| check_variants(variants, findings));
            let default = member(flag, "defaultVariant");
            findings.under("defaultVariant", |findings| check_default(default, variants, findings));
        }
        None => findings.fault("the member variants is missing"),
    }
    if member(flag, "targeting").is_some_and(|targeting| !targeting.is_object()) {
        findings.under("targeting", |findings| findings.fault("targeting is an object"));
    }
    if let Some(metadata) = member(flag, "metadata") {
        findings.under("metadata", |findings| check_metadata(metadata, findings));
    }
}

/// Metadata is flat: OFREP has room for no more.
pub(super) fn check_metadata(metadata: &Json, findings: &mut Findings) {
    let Json::Object(members) = metadata else { return findings.fault("metadata is an object") };
    for (key, value) in members {
        if !matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_)) {
            findings.under(key, |findings| findings.fault("metadata is a string, a number or a boolean"));
        }
    }
}

/// The member of an object.
pub(super) fn member<'j>(object: &'j Json, key: &str) -> Option<&'j Json> {
    let Json::Object(members) = object else { return None };
    // The parser sorts members.
    let index = members.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
    members.get(index).map(|(_, value)| value)
}

fn check_variants(variants: &Json, findings: &mut Findings) {
    let Json::Object(variants) = variants else { return findings.fault("variants is an object") };
    let Some((_, first)) = variants.first() else {
        return findings.fault("a flag has at least one variant");
    };
    for (name, value) in variants {
        if name.is_empty() {
            findings.fault("the name of a variant is not empty");
        }
        let message = if matches!(value, Json::Null | Json::Array(_)) {
            "a variant is a boolean, a string, a number or an object"
        } else if std::mem::discriminant(value) != std::mem::discriminant(first) {
            "all variants of a flag are of one type"
        } else {
            continue;
        };
        findings.under(name, |findings| findings.fault(message));
    }
}

/// flagd takes an empty name for none, and refuses a file with a name that is no variant.
fn check_default(default: Option<&Json>, variants: &Json, findings: &mut Findings) {
    match default {
        None | Some(Json::Null) => {}
        Some(Json::String(name)) if name.is_empty() || member(variants, name).is_some() => {}
        Some(Json::String(_)) => findings.fault("the default variant is none of the variants"),
        Some(_) => findings.fault("the default variant is a string or null"),
    }
}
