//! What the environments hold: flags whose values say of which environment, flag and version they are, so that every answer can
//! be checked against the version that it names.

use serde_json::{Map, Value, json};

use crate::user::{EMPLOYEES, LISTED, NEW_MINOR, User};

/// The version that has flags first: 1 makes the environment, 2 its SDK key.
pub const FIRST: u64 = 3;
/// So often a version is an import of everything. The others change one flag.
const IMPORT_EVERY: u64 = 5;

/// What a version changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Every flag, by an import.
    All,
    /// One flag, by a patch.
    One(usize),
}

/// What decides about a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Static,
    Country,
    AppVersion,
    Segment,
    Split,
    Disabled,
}

/// What an evaluation has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The `reason` of OFREP.
    pub reason: &'static str,
    /// The variant.
    pub variant: Variant,
}

/// The variant that an evaluation has to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// This one.
    Is(&'static str),
    /// `on` or `off`, but for one user always the same.
    Sticky,
    /// None: the code default applies.
    None,
}

/// The flags of every environment, version by version.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    flags: usize,
}

impl Content {
    /// That many flags.
    pub fn new(flags: usize) -> Self {
        Self { flags }
    }

    /// How many flags there are.
    pub fn flags(self) -> usize {
        self.flags
    }

    /// The key of a flag.
    pub fn key(flag: usize) -> String {
        format!("flag-{flag:03}")
    }

    /// Which flag has that key.
    pub fn flag(self, key: &str) -> Option<usize> {
        let flag = key.strip_prefix("flag-")?.parse().ok().filter(|flag| *flag < self.flags)?;
        (Self::key(flag) == key).then_some(flag)
    }

    /// What that version changed.
    pub fn change(self, version: u64) -> Change {
        if version <= FIRST || version.is_multiple_of(IMPORT_EVERY) {
            return Change::All;
        }
        let flags = self.flags.max(1);
        Change::One(fastrand::Rng::with_seed(version).usize(..flags))
    }

    /// The value of a flag in a version: it names the last version that changed the flag.
    pub fn value(self, environment: &str, flag: usize, version: u64, variant: &str) -> String {
        let changed = self.last_change(flag, version);
        format!("{environment}/{}@{changed}/{variant}", Self::key(flag))
    }

    /// What the evaluation of a flag for a user says, in every version.
    pub fn expected(flag: usize, user: User) -> Expected {
        let matched = |on: bool| Expected {
            reason: "TARGETING_MATCH",
            variant: Variant::Is(if on { "on" } else { "off" }),
        };
        match rule(flag) {
            Rule::Static => Expected { reason: "STATIC", variant: Variant::Is("off") },
            Rule::Country => matched(user.is_listed()),
            Rule::AppVersion if user.is_up_to_date() => matched(true),
            Rule::AppVersion => Expected { reason: "DEFAULT", variant: Variant::Is("off") },
            Rule::Segment => matched(user.is_employee()),
            Rule::Split => Expected { reason: "TARGETING_MATCH", variant: Variant::Sticky },
            Rule::Disabled => Expected { reason: "DISABLED", variant: Variant::None },
        }
    }

    /// All flags and segments of a version, as a flagd definition.
    pub fn definition(self, environment: &str, version: u64) -> Value {
        let flag = |flag| (Self::key(flag), self.definition_of(environment, flag, version));
        let flags: Map<String, Value> = (0..self.flags).map(flag).collect();
        let employee = json!({ "ends_with": [{ "var": "email" }, EMPLOYEES] });
        json!({ "flags": flags, "$evaluators": { "employee": employee } })
    }

    /// One flag of a version.
    pub fn definition_of(self, environment: &str, flag: usize, version: u64) -> Value {
        let mut definition = json!({
            "state": if rule(flag) == Rule::Disabled { "DISABLED" } else { "ENABLED" },
            "variants": self.variants(environment, flag, version),
            "defaultVariant": "off",
        });
        if let (Some(targeting), Some(members)) = (targeting(flag), definition.as_object_mut()) {
            members.insert("targeting".to_owned(), targeting);
        }
        definition
    }

    /// The merge patch (RFC 7396) that makes a flag what it is in a version.
    pub fn patch(self, environment: &str, flag: usize, version: u64) -> Value {
        json!({ "variants": self.variants(environment, flag, version) })
    }

    fn variants(self, environment: &str, flag: usize, version: u64) -> Value {
        let value = |variant| self.value(environment, flag, version, variant);
        json!({ "on": value("on"), "off": value("off") })
    }

    fn last_change(self, flag: usize, version: u64) -> u64 {
        let changes = |version: &u64| {
            matches!(self.change(*version), Change::All) || self.change(*version) == Change::One(flag)
        };
        (FIRST..=version).rev().find(changes).unwrap_or(FIRST)
    }
}

fn rule(flag: usize) -> Rule {
    match flag % 10 {
        4 | 5 => Rule::Country,
        6 => Rule::AppVersion,
        7 => Rule::Segment,
        8 => Rule::Split,
        9 if flag % 20 == 19 => Rule::Disabled,
        _ => Rule::Static,
    }
}

fn targeting(flag: usize) -> Option<Value> {
    let up_to_date = json!({ "sem_ver": [{ "var": "appVersion" }, ">=", format!("2.{NEW_MINOR}.0")] });
    Some(match rule(flag) {
        Rule::Static | Rule::Disabled => return None,
        Rule::Country => json!({ "if": [{ "in": [{ "var": "country" }, LISTED] }, "on", "off"] }),
        Rule::AppVersion => json!({ "if": [up_to_date, "on"] }),
        Rule::Segment => json!({ "if": [{ "$ref": "employee" }, "on", "off"] }),
        Rule::Split => json!({ "fractional": [["on", 50], ["off", 50]] }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: Content = Content { flags: 20 };

    #[test]
    fn a_value_names_the_last_version_that_changed_its_flag() {
        for version in FIRST..60 {
            for flag in 0..CONTENT.flags {
                let (before, now) =
                    (CONTENT.last_change(flag, version - 1), CONTENT.last_change(flag, version));
                let changed = match CONTENT.change(version) {
                    Change::All => true,
                    Change::One(one) => one == flag,
                };
                assert_eq!(now, if changed { version } else { before.max(FIRST) }, "{flag} in {version}");
            }
        }
        assert_eq!(CONTENT.value("e0", 4, 10, "on"), "e0/flag-004@10/on");
    }

    #[test]
    fn patches_and_imports_make_the_same_content() {
        let mut built = CONTENT.definition("e0", FIRST);
        for version in FIRST + 1..30 {
            match CONTENT.change(version) {
                Change::All => built = CONTENT.definition("e0", version),
                Change::One(flag) => {
                    let patch = CONTENT.patch("e0", flag, version);
                    built["flags"][Content::key(flag)]["variants"] = patch["variants"].clone();
                }
            }
            assert_eq!(built, CONTENT.definition("e0", version), "{version}");
        }
    }

    #[test]
    fn every_kind_of_rule_is_there() {
        let text = CONTENT.definition("e0", FIRST).to_string();
        for operator in ["\"in\"", "sem_ver", "$ref", "fractional", "DISABLED"] {
            assert!(text.contains(operator), "{operator}");
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        assert_eq!(CONTENT.flag(&Content::key(13)), Some(13));
        for foreign in ["flag-020", "flag-13", "other"] {
            assert_eq!(CONTENT.flag(foreign), None);
        }
    }
}
