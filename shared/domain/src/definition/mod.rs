//! flagd definition files.

mod flag;
mod warnings;

use std::collections::BTreeMap;

use crate::{
    Bucketing, Digest,
    json::{self, Bounds, Problem, write_object},
    limits,
};

pub use warnings::Warning;

/// The member for editors, which names the schema of the file. It means nothing to a reader, so it is left out.
const SCHEMA: &str = "$schema";

/// A flagd definition file, checked: flags, `$evaluators` and metadata.
///
/// Values keep the text that they were written with (`10.0` stays `10.0`), and members that Pennon does not know are kept.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Minified flags by key.
    flags: BTreeMap<String, String>,
    /// Minified rules by the name that `$ref` uses.
    evaluators: BTreeMap<String, String>,
    /// The other members of the file, minified.
    others: BTreeMap<String, String>,
}

/// Why a file is no flag definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", json::place(.pointer))]
pub struct DefinitionError {
    /// Where, as a JSON pointer; cut when long.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Definition {
    /// Reads and checks a definition file: `flags` as an object by key, or as an array of flags that each hold their `key`.
    ///
    /// Refused is what flagd refuses, and what would be ambiguous: a flag without `state` or `variants`, variants of mixed
    /// types, a `defaultVariant` that is no variant, metadata that is not flat, duplicate keys. A targeting rule that will not
    /// work is no error, as in flagd: see [`Definition::warnings`].
    ///
    /// # Errors
    /// The first problem found, or a file over one of the [`limits`].
    pub fn parse(json: &str) -> Result<Self, DefinitionError> {
        Ok(Self::checked(json)?)
    }

    /// How many flags there are.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The keys of the flags, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.flags.keys().map(String::as_str)
    }

    /// The canonical text: minified, flags and segments sorted by key, values as they were written.
    pub fn to_json(&self) -> String {
        let mut members = vec![("flags", object(&self.flags))];
        if !self.evaluators.is_empty() {
            members.push(("$evaluators", object(&self.evaluators)));
        }
        let others = self.others.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let members = members.iter().map(|(key, value)| (*key, value.as_str()));
        let mut json = String::new();
        write_object(&mut json, members.chain(others));
        json
    }

    /// Identifies the content: SHA-256 over the canonical text and the bucketing generation, cut to 128 bits, in lower-case
    /// hexadecimal. The same on every process and every deploy.
    pub fn etag(&self, bucketing: Bucketing) -> String {
        Digest::of(&[bucketing.as_str().as_bytes(), self.to_json().as_bytes()]).to_string()
    }

    /// The texts of the flags and of the segments, sorted, and of the metadata.
    pub(crate) fn texts(
        &self,
    ) -> (impl Iterator<Item = (&str, &str)>, impl Iterator<Item = (&str, &str)>, Option<&str>) {
        fn pairs(texts: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
            texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
        }
        (pairs(&self.flags), pairs(&self.evaluators), self.others.get("metadata").map(String::as_str))
    }

    fn checked(json: &str) -> Result<Self, Problem> {
        if json.len() > limits::MAX_DEFINITION_BYTES {
            return Err(Problem::here(format!("larger than {} bytes", limits::MAX_DEFINITION_BYTES)));
        }
        let mut definition =
            Self { flags: BTreeMap::new(), evaluators: BTreeMap::new(), others: BTreeMap::new() };
        let mut has_flags = false;
        for (key, value) in distinct(json::members(json)?)? {
            match key.as_str() {
                "flags" => {
                    definition.flags = flags(value).map_err(|problem| problem.under("flags"))?;
                    has_flags = true;
                }
                "$evaluators" => {
                    definition.evaluators = evaluators(value).map_err(|problem| problem.under(&key))?;
                }
                SCHEMA => {}
                _ => {
                    definition.add_other(&key, value).map_err(|problem| problem.under(&key))?;
                }
            }
        }
        if has_flags { Ok(definition) } else { Err(Problem::here("the member flags is missing")) }
    }

    fn add_other(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        let text = flag::within_limits(value)?;
        if key == "metadata" {
            flag::check_metadata(&json::parse(text.as_bytes(), Bounds::DEFINITION)?)?;
        }
        // An empty object says as much as none.
        if !(key == "metadata" && text == "{}") {
            self.others.insert(key.to_owned(), text);
        }
        Ok(())
    }
}

fn flags(json: &str) -> Result<BTreeMap<String, String>, Problem> {
    if json.starts_with('[') {
        let mut flags = BTreeMap::new();
        for (index, element) in json::elements(json)?.into_iter().enumerate() {
            let under = |problem: Problem| problem.under(&index.to_string());
            let (key, flag) = flag::keyed(element).map_err(under)?;
            if flags.insert(key, flag).is_some() {
                return Err(under(Problem::here("another flag has the same key")));
            }
            check_count(flags.len())?;
        }
        return Ok(flags);
    }
    let members = distinct(json::members(json)?)?;
    check_count(members.len())?;
    let mut flags = BTreeMap::new();
    for (key, value) in members {
        let flag = flag::by_key(&key, value).map_err(|problem| problem.under(&key))?;
        flags.insert(key, flag);
    }
    Ok(flags)
}

fn evaluators(json: &str) -> Result<BTreeMap<String, String>, Problem> {
    let members = distinct(json::members(json)?)?;
    check_count(members.len())?;
    let mut evaluators = BTreeMap::new();
    for (name, value) in members {
        let rule = flag::within_limits(value).map_err(|problem| problem.under(&name))?;
        evaluators.insert(name, rule);
    }
    Ok(evaluators)
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count > limits::MAX_FLAGS {
        return Err(Problem::here(format!("more than {} entries", limits::MAX_FLAGS)));
    }
    Ok(())
}

/// Refuses members with equal keys.
fn distinct<V>(members: Vec<(String, V)>) -> Result<Vec<(String, V)>, Problem> {
    let mut seen = std::collections::HashSet::with_capacity(members.len());
    match members.iter().find(|(key, _)| !seen.insert(key.as_str())) {
        Some((key, _)) => Err(Problem::here("the key is there twice").under(key)),
        None => Ok(members),
    }
}

fn object(members: &BTreeMap<String, String>) -> String {
    let mut json = String::with_capacity(members.values().map(|value| value.len() + 32).sum());
    write_object(&mut json, members.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    json
}

impl From<Problem> for DefinitionError {
    fn from(Problem { pointer, message }: Problem) -> Self {
        Self { pointer, message }
    }
}

#[cfg(test)]
mod tests;
