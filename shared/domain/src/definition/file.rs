//! Reading definition files.

use std::collections::HashSet;

use super::{Definition, Texts, flag, strict};
use crate::{
    findings::Findings,
    json::{self, Bounds, Json},
    limits,
    targeting::{Evaluators, lint},
};

/// The member for editors, which names the schema of the file. It means nothing to a reader, so it is left out.
const SCHEMA: &str = "$schema";

/// How definitions are read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'e> {
    /// The segments that rules may refer to, when what flagd accepts but cannot use is to be found as well.
    strict: Option<&'e Evaluators>,
}

impl<'e> Reader<'e> {
    /// Finds what flagd refuses.
    pub(super) const LENIENT: Self = Self { strict: None };

    /// Finds everything.
    pub(super) fn strict(evaluators: &'e Evaluators) -> Self {
        Self { strict: Some(evaluators) }
    }

    /// Reads a file. What has faults is left out.
    pub(super) fn file(self, json: &str, findings: &mut Findings) -> Definition {
        let mut definition = Definition::empty();
        if json.len() > limits::MAX_DEFINITION_BYTES {
            findings.fault(format!("larger than {} bytes", limits::MAX_DEFINITION_BYTES));
            return definition;
        }
        let Some(members) = members(json, findings) else { return definition };
        for (key, value) in &members {
            if findings.is_full() {
                break;
            }
            findings.under(key, |findings| match key.as_str() {
                "flags" => definition.flags = self.flags(value, findings),
                "$evaluators" => definition.evaluators = self.segments(value, findings),
                SCHEMA => {}
                _ => {
                    let text = self.other(key, value, findings);
                    definition.others.extend(text.map(|text| (key.as_str().into(), text.into())));
                }
            });
        }
        if !members.iter().any(|(key, _)| key == "flags") {
            findings.fault("the member flags is missing");
        }
        definition
    }

    /// Checks a definition that was read before, with pointers as into its canonical text.
    pub(super) fn definition(self, definition: &Definition, findings: &mut Findings) {
        findings.under("flags", |findings| {
            for (key, text) in definition.flags() {
                findings.under(key, |findings| self.flag(key, text, findings));
            }
        });
        findings.under("$evaluators", |findings| {
            for (name, text) in definition.segments() {
                findings.under(name, |findings| self.segment(name, text, findings));
            }
        });
        for (key, text) in &definition.others {
            findings.under(key, |findings| self.other(key, text, findings));
        }
    }

    /// Reads a flag that stands under its key; `None` if it has faults.
    pub(super) fn flag(self, key: &str, json: &str, findings: &mut Findings) -> Option<String> {
        flag::check_length("a flag key", key, findings);
        let flag = kept(flag::tree(json), findings)?;
        flag::check(&flag, findings);
        let text = kept(flag::minified(json), findings)?;
        if let Some(evaluators) = self.strict {
            strict::check_key(key, findings);
            strict::check_flag(&flag, evaluators, findings);
        }
        Some(text)
    }

    /// Reads a segment; `None` if it has faults.
    pub(super) fn segment(self, name: &str, json: &str, findings: &mut Findings) -> Option<String> {
        let (rule, text) = value(json, findings)?;
        if let Some(evaluators) = self.strict {
            flag::check_length("the name of a segment", name, findings);
            lint::check_tree(&rule, evaluators, findings);
        }
        Some(text)
    }

    fn flags(self, json: &str, findings: &mut Findings) -> Texts {
        if json.starts_with('[') { self.listed(json, findings) } else { self.keyed(json, findings) }
    }

    fn keyed(self, json: &str, findings: &mut Findings) -> Texts {
        let members = members(json, findings).unwrap_or_default();
        if !fits(members.len(), findings) {
            return Texts::new();
        }
        read_each(&members, findings, |key, json, findings| self.flag(key, json, findings))
    }

    fn listed(self, json: &str, findings: &mut Findings) -> Texts {
        let mut flags = Texts::new();
        let elements = kept(json::elements(json), findings).unwrap_or_default();
        if !fits(elements.len(), findings) {
            return flags;
        }
        findings.each(&elements, |json, findings| {
            if findings.is_full() {
                return;
            }
            let Some((key, json)) = kept(flag::take_key(json), findings) else { return };
            let Some(text) = self.flag(&key, &json, findings) else { return };
            if flags.insert(key.into(), text.into()).is_some() {
                findings.fault("another flag has the same key");
            }
        });
        flags
    }

    fn segments(self, json: &str, findings: &mut Findings) -> Texts {
        let members = members(json, findings).unwrap_or_default();
        if !fits(members.len(), findings) {
            return Texts::new();
        }
        read_each(&members, findings, |name, json, findings| self.segment(name, json, findings))
    }

    fn other(self, key: &str, json: &str, findings: &mut Findings) -> Option<String> {
        let (value, text) = value(json, findings)?;
        if key == "metadata" {
            flag::check_metadata(&value, findings);
            if self.strict.is_some() {
                lint::check_numbers(&value, findings);
            }
        } else if self.strict.is_some() {
            findings.warning("nothing reads a member of this name");
        }
        // An empty object says as much as none.
        Some(text).filter(|text| !(key == "metadata" && text == "{}"))
    }
}

fn read_each(
    members: &[(String, &str)],
    findings: &mut Findings,
    read: impl Fn(&str, &str, &mut Findings) -> Option<String>,
) -> Texts {
    let mut texts = Texts::new();
    for (key, json) in members {
        if findings.is_full() {
            break;
        }
        let text = findings.under(key, |findings| read(key, json, findings));
        texts.extend(text.map(|text| (key.as_str().into(), text.into())));
    }
    texts
}

/// Reads a value within the limits that flags, segments and other members share, and minifies it.
fn value(json: &str, findings: &mut Findings) -> Option<(Json, String)> {
    // Before minifying, which takes valid text.
    let value = kept(json::parse(json.as_bytes(), Bounds::DEFINITION), findings)?;
    Some((value, kept(flag::minified(json), findings)?))
}

/// The members of an object, none of them twice.
fn members<'j>(json: &'j str, findings: &mut Findings) -> Option<Vec<(String, &'j str)>> {
    let members = kept(json::members(json), findings)?;
    let mut seen = HashSet::with_capacity(members.len());
    for (key, _) in &members {
        if !seen.insert(key.as_str()) {
            findings.under(key, |findings| findings.fault("the key is there twice"));
        }
    }
    Some(members)
}

fn fits(count: usize, findings: &mut Findings) -> bool {
    if count > limits::MAX_FLAGS {
        findings.fault(format!("more than {} entries", limits::MAX_FLAGS));
    }
    count <= limits::MAX_FLAGS
}

/// What was read, or a fault.
fn kept<T>(read: Result<T, json::Problem>, findings: &mut Findings) -> Option<T> {
    read.map_err(|problem| findings.problem(problem)).ok()
}
