//! flagd definition files.

mod combine;
mod difference;
mod edit;
mod file;
mod flag;
mod references;
mod select;
mod strict;
mod warnings;

use std::{collections::BTreeMap, sync::Arc};

use self::file::Reader;
use crate::{
    Bucketing, Digest,
    findings::Findings,
    json::{self, Problem, write_object},
    targeting::Evaluators,
};

pub use edit::Edit;
pub use select::FlagFilter;
pub use warnings::Warning;

/// A flagd definition file, checked: flags, `$evaluators` and metadata.
///
/// Values keep the text that they were written with (`10.0` stays `10.0`), and members that Pennon does not know are kept.
///
/// A copy shares the texts: it costs a few machine words for each flag, however large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Minified flags by key.
    flags: Texts,
    /// Minified rules by the name that `$ref` uses.
    evaluators: Texts,
    /// The other members of the file, minified.
    others: Texts,
}

/// JSON texts by name.
type Texts = BTreeMap<Arc<str>, Arc<str>>;

/// Why a file is no flag definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", json::place(.pointer))]
pub struct DefinitionError {
    /// Where, as a JSON pointer; cut when long.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// The opaque entity tag of the text of a flag or a segment, without quotes: its digest.
pub fn text_tag(text: &str) -> String {
    Digest::of(&[text.as_bytes()]).to_string()
}

impl Definition {
    /// A definition without anything.
    pub fn empty() -> Self {
        Self { flags: Texts::new(), evaluators: Texts::new(), others: Texts::new() }
    }

    /// Reads and checks a definition file: `flags` as an object by key, or as an array of flags that each hold their `key`.
    ///
    /// Refused is what flagd refuses, and what would be ambiguous: a flag without `state` or `variants`, variants of mixed
    /// types, a `defaultVariant` that is no variant, metadata that is not flat, duplicate keys. A targeting rule that will not
    /// work is no error, as in flagd: see [`Definition::warnings`].
    ///
    /// # Errors
    /// The first problem found, or a file over one of the [`limits`](crate::limits).
    pub fn parse(json: &str) -> Result<Self, DefinitionError> {
        let mut findings = Findings::first_only();
        let definition = Reader::LENIENT.file(json, &mut findings);
        findings.into_first_fault()?;
        Ok(definition)
    }

    /// Reads a canonical definition text, as [`Definition::to_json`] wrote it, without checking it again: only for the text of
    /// a verified snapshot.
    ///
    /// # Errors
    /// A text that is not of the outer form of a definition. What is in a flag is not looked at.
    pub fn from_canonical_json(json: &str) -> Result<Self, DefinitionError> {
        let mut definition = Self::empty();
        for (key, value) in json::members(json)? {
            match key.as_str() {
                "flags" => definition.flags = trusted(value)?,
                "$evaluators" => definition.evaluators = trusted(value)?,
                _ => {
                    definition.others.insert(key.into(), value.into());
                }
            }
        }
        Ok(definition)
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
        self.flags.keys().map(|key| &**key)
    }

    /// The text of a flag, minified: a flagd flag.
    pub fn flag(&self, key: &str) -> Option<&str> {
        self.flags.get(key).map(|text| &**text)
    }

    /// The names of the segments, sorted.
    pub fn segment_names(&self) -> impl Iterator<Item = &str> {
        self.evaluators.keys().map(|name| &**name)
    }

    /// The text of a segment, minified: a JSONLogic rule.
    pub fn segment(&self, name: &str) -> Option<&str> {
        self.evaluators.get(name).map(|text| &**text)
    }

    /// The canonical text: minified, flags and segments sorted by key, values as they were written.
    pub fn to_json(&self) -> String {
        let mut members = vec![("flags", object(&self.flags))];
        if !self.evaluators.is_empty() {
            members.push(("$evaluators", object(&self.evaluators)));
        }
        let others = pairs(&self.others);
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

    /// The flags, sorted by key.
    pub(crate) fn flags(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.flags)
    }

    /// The segments, sorted by name.
    fn segments(&self) -> impl Iterator<Item = (&str, &str)> {
        pairs(&self.evaluators)
    }

    /// The segments, for rules to refer to.
    pub(crate) fn evaluators(&self) -> Evaluators {
        Evaluators::new(self.evaluators.iter().map(|(name, text)| (Arc::clone(name), Arc::clone(text))))
    }

    /// The metadata of the flag set.
    pub(crate) fn metadata(&self) -> Option<&str> {
        self.others.get("metadata").map(|text| &**text)
    }
}

/// The members of a text that was checked when it was written.
fn trusted(json: &str) -> Result<Texts, Problem> {
    Ok(json::members(json)?.into_iter().map(|(key, text)| (key.into(), text.into())).collect())
}

fn pairs(texts: &Texts) -> impl Iterator<Item = (&str, &str)> {
    texts.iter().map(|(key, text)| (&**key, &**text))
}

fn object(members: &Texts) -> String {
    let mut json = String::with_capacity(members.values().map(|value| value.len() + 32).sum());
    write_object(&mut json, pairs(members));
    json
}

impl From<Problem> for DefinitionError {
    fn from(Problem { pointer, message }: Problem) -> Self {
        Self { pointer, message }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
