//! Changes of single flags and segments, each checked before it is made.
//!
//! Only what is changed is read and checked, and what refers to it: the rest of a definition was checked when it was written.

use super::{Definition, Texts, Warning, file::Reader, references};
use crate::{
    Refusal,
    findings::Findings,
    json::{self, Bounds, Problem, minify},
    limits,
};

/// A definition after a change, and what to tell the author of the change.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The definition with the change. The one before it is as it was.
    pub definition: Definition,
    /// What works, but hardly as it was meant. Pointers are into what was given.
    pub warnings: Vec<Warning>,
}

impl Definition {
    /// Adds or replaces a flag: a flagd flag as JSON text.
    ///
    /// Beside what [`Definition::parse`] refuses, this refuses what could not work: an operation that does not exist, a
    /// reference to no segment or in a circle, a weight that is no whole number, a literal result that names no variant, a
    /// number beyond 2^53 - 1, a rule that could take too long; and `clientVisible`, `tags` or `description` of a wrong type.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with every fault, as pointers into the flag; [`Refusal::Conflict`] when there is no room for it.
    pub fn with_flag(&self, key: &str, json: &str) -> Result<Edit, Refusal> {
        let evaluators = self.evaluators();
        let mut findings = Findings::all();
        let text = Reader::strict(&evaluators).flag(key, json, &mut findings);
        let warnings = findings.into_warnings()?;
        let mut definition = self.clone();
        definition.flags.extend(text.map(|text| (key.into(), text.into())));
        definition.check_size()?;
        Ok(Edit { definition, warnings })
    }

    /// Changes a flag by a JSON Merge Patch (RFC 7396). What the patch does not name keeps its spelling: `10.0` stays `10.0`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], and those of [`Definition::with_flag`] for the flag as patched.
    pub fn with_patched_flag(&self, key: &str, patch: &str) -> Result<Edit, Refusal> {
        let flag = self.flag(key).ok_or(Refusal::NotFound("flag"))?;
        self.with_flag(key, &patched(flag, patch)?)
    }

    /// Removes a flag.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn without_flag(&self, key: &str) -> Result<Self, Refusal> {
        let mut definition = self.clone();
        definition.flags.remove(key).ok_or(Refusal::NotFound("flag"))?;
        Ok(definition)
    }

    /// Adds or replaces a segment: a rule that other rules refer to, as JSON text.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] as for [`Definition::with_flag`], with pointers into the segment; [`Refusal::Conflict`] when a flag
    /// that refers to it would get a fault by it, or when there is no room.
    pub fn with_segment(&self, name: &str, json: &str) -> Result<Edit, Refusal> {
        let mut definition = self.clone();
        // In its place before it is checked: it may refer to itself through others.
        let text = Reader::LENIENT.segment(name, json, &mut Findings::first_only());
        definition.evaluators.extend(text.map(|text| (name.into(), text.into())));
        let evaluators = definition.evaluators();
        let mut findings = Findings::all();
        Reader::strict(&evaluators).segment(name, json, &mut findings);
        let warnings = findings.into_warnings()?;
        definition.check_size()?;
        self.check_users(&definition, &[name])?;
        Ok(Edit { definition, warnings })
    }

    /// Changes a segment by a JSON Merge Patch (RFC 7396).
    ///
    /// # Errors
    /// [`Refusal::NotFound`], and those of [`Definition::with_segment`] for the segment as patched.
    pub fn with_patched_segment(&self, name: &str, patch: &str) -> Result<Edit, Refusal> {
        let segment = self.segment(name).ok_or(Refusal::NotFound("segment"))?;
        self.with_segment(name, &patched(segment, patch)?)
    }

    /// Removes a segment.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] with the flags and segments that refer to it.
    pub fn without_segment(&self, name: &str) -> Result<Self, Refusal> {
        let mut definition = self.clone();
        definition.evaluators.remove(name).ok_or(Refusal::NotFound("segment"))?;
        let referring = definition.referring_to(name);
        if !referring.is_empty() {
            return Err(Refusal::conflict(format!(
                "the segment is in use by {}",
                references::list(&referring)
            )));
        }
        Ok(definition)
    }

    /// Refuses more than an environment holds.
    pub(super) fn check_size(&self) -> Result<(), Refusal> {
        let max = limits::MAX_FLAGS;
        for (texts, what) in [(&self.flags, "flags"), (&self.evaluators, "segments")] {
            if texts.len() > max {
                return Err(Refusal::conflict(format!("an environment has {max} {what} at most")));
            }
        }
        let max = limits::MAX_DEFINITION_BYTES;
        if self.largest_text() > max && self.to_json().len() > max {
            return Err(Refusal::conflict(format!(
                "the definition of an environment has {max} bytes at most"
            )));
        }
        Ok(())
    }

    /// An upper bound of the length of the canonical text.
    fn largest_text(&self) -> usize {
        // A character of a key is six at most once it is escaped; quotes, colon and comma are four.
        let bound =
            |texts: &Texts| -> usize { texts.iter().map(|(key, text)| 6 * key.len() + text.len() + 4).sum() };
        64 + bound(&self.flags) + bound(&self.evaluators) + bound(&self.others)
    }
}

/// Applies a merge patch to a text that was checked.
fn patched(text: &str, patch: &str) -> Result<String, Refusal> {
    // Bounds its depth, and refuses ambiguous keys.
    let checked = json::parse(patch.as_bytes(), Bounds::DEFINITION);
    let patched = checked.and_then(|_| json::merge_patch(Some(text), &minify(patch)));
    patched.map_err(|Problem { pointer, message }| Refusal::invalid(pointer, message))
}

#[cfg(test)]
mod tests;
