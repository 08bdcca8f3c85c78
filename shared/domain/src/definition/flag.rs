//! One flag of a definition file.

use crate::{
    json::{self, Bounds, Json, Problem, minify, write_object},
    limits,
};

/// Checks a flag that stands under its key, and returns it minified.
pub(super) fn by_key(key: &str, json: &str) -> Result<String, Problem> {
    check_key(key)?;
    check(&tree(json)?)?;
    within_limits(json)
}

/// Checks a flag that holds its key, and returns both apart.
pub(super) fn keyed(json: &str) -> Result<(String, String), Problem> {
    let flag = tree(json)?;
    let Some(Json::String(key)) = member(&flag, "key") else {
        return Err(Problem::here("a flag in an array has its key, a string, in the member key"));
    };
    check_key(key)?;
    check(&flag)?;
    let members = json::members(json)?;
    let mut without_key = String::with_capacity(json.len());
    let rest = members.iter().filter(|(name, _)| name != "key");
    write_object(&mut without_key, rest.map(|(name, value)| (name.as_str(), *value)));
    Ok((key.clone(), within_limits(&without_key)?))
}

/// Checks the limits that flags and evaluators share, and returns the minified text.
pub(super) fn within_limits(json: &str) -> Result<String, Problem> {
    let text = minify(json);
    if text.len() > limits::MAX_FLAG_BYTES {
        return Err(Problem::here(format!("larger than {} bytes", limits::MAX_FLAG_BYTES)));
    }
    json::parse(text.as_bytes(), Bounds::DEFINITION)?;
    Ok(text)
}

/// Metadata is flat: OFREP has room for no more.
pub(super) fn check_metadata(metadata: &Json) -> Result<(), Problem> {
    let Json::Object(members) = metadata else { return Err(Problem::here("metadata is an object")) };
    let nested =
        members.iter().find(|(_, value)| !matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_)));
    match nested {
        Some((key, _)) => Err(Problem::here("metadata is a string, a number or a boolean").under(key)),
        None => Ok(()),
    }
}

fn tree(json: &str) -> Result<Json, Problem> {
    let tree = json::parse(json.as_bytes(), Bounds::DEFINITION)?;
    if tree.is_object() { Ok(tree) } else { Err(Problem::here("a flag is an object")) }
}

fn check_key(key: &str) -> Result<(), Problem> {
    let max = limits::MAX_FLAG_KEY_BYTES;
    if key.is_empty() || key.len() > max {
        return Err(Problem::here(format!("a flag key has 1 to {max} bytes")));
    }
    Ok(())
}

fn check(flag: &Json) -> Result<(), Problem> {
    match member(flag, "state") {
        Some(Json::String(state)) if state == "ENABLED" || state == "DISABLED" => {}
        Some(_) => return Err(Problem::here("the state is ENABLED or DISABLED").under("state")),
        None => return Err(Problem::here("the member state is missing")),
    }
    let Some(variants) = member(flag, "variants") else {
        return Err(Problem::here("the member variants is missing"));
    };
    check_variants(variants).map_err(|problem| problem.under("variants"))?;
    check_default(member(flag, "defaultVariant"), variants)
        .map_err(|problem| problem.under("defaultVariant"))?;
    if member(flag, "targeting").is_some_and(|targeting| !targeting.is_object()) {
        return Err(Problem::here("targeting is an object").under("targeting"));
    }
    match member(flag, "metadata") {
        Some(metadata) => check_metadata(metadata).map_err(|problem| problem.under("metadata")),
        None => Ok(()),
    }
}

fn check_variants(variants: &Json) -> Result<(), Problem> {
    let Json::Object(variants) = variants else { return Err(Problem::here("variants is an object")) };
    let Some((_, first)) = variants.first() else {
        return Err(Problem::here("a flag has at least one variant"));
    };
    for (name, value) in variants {
        if name.is_empty() {
            return Err(Problem::here("the name of a variant is not empty"));
        }
        if matches!(value, Json::Null | Json::Array(_)) {
            let message = "a variant is a boolean, a string, a number or an object";
            return Err(Problem::here(message).under(name));
        }
        if std::mem::discriminant(value) != std::mem::discriminant(first) {
            return Err(Problem::here("all variants of a flag are of one type").under(name));
        }
    }
    Ok(())
}

/// flagd takes an empty name for none, and refuses a file with a name that is no variant.
fn check_default(default: Option<&Json>, variants: &Json) -> Result<(), Problem> {
    match default {
        None | Some(Json::Null) => Ok(()),
        Some(Json::String(name)) if name.is_empty() || member(variants, name).is_some() => Ok(()),
        Some(Json::String(_)) => Err(Problem::here("the default variant is none of the variants")),
        Some(_) => Err(Problem::here("the default variant is a string or null")),
    }
}

fn member<'j>(object: &'j Json, key: &str) -> Option<&'j Json> {
    let Json::Object(members) = object else { return None };
    // The parser sorts members.
    let index = members.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
    members.get(index).map(|(_, value)| value)
}
