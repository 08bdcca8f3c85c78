//! One flag, compiled.

use std::{borrow::Cow, collections::HashSet};

use datalogic_rs::DataValue;

use crate::{
    ErrorCode, Evaluation, Reason, Scope,
    json::{self, Bounds, Problem, write_object},
    targeting::{Evaluators, InvalidRule, Rule},
};

/// A flag, compiled.
#[derive(Debug)]
pub(super) struct Flag {
    variants: Vec<Variant>,
    /// The index of the default variant; `None` leaves the value to the code.
    default: Option<usize>,
    /// The flag's own metadata over that of the set; `None` is that of the set.
    metadata: Option<String>,
    /// Whether holders of a client key may see it.
    client_visible: bool,
    behaviour: Behaviour,
}

#[derive(Debug)]
struct Variant {
    name: String,
    /// JSON text.
    value: Box<str>,
}

#[derive(Debug)]
enum Behaviour {
    Disabled,
    Static,
    Targeted(Rule),
    /// The rule cannot be used.
    Invalid(InvalidRule),
    /// The text of the flag is not what was checked when it was written.
    Damaged,
}

impl Flag {
    pub(super) fn compile(text: &str, evaluators: &Evaluators, set_metadata: &str) -> Self {
        Self::read(text, evaluators, set_metadata).unwrap_or_else(|_| Self::empty())
    }

    /// Whether it exists for the holder of a key of that scope.
    pub(super) fn is_visible_to(&self, scope: Scope) -> bool {
        match scope {
            Scope::Server => true,
            Scope::Client => self.client_visible,
        }
    }

    /// The rule that decides, if one does.
    pub(super) fn rule(&self) -> Option<&Rule> {
        match &self.behaviour {
            Behaviour::Targeted(rule) => Some(rule),
            _ => None,
        }
    }

    /// The outcome of a flag that no rule decides.
    pub(super) fn without_rule<'r>(&'r self, set_metadata: &'r str) -> Evaluation<'r> {
        match &self.behaviour {
            Behaviour::Disabled => self.resolved(None, Reason::Disabled, set_metadata),
            Behaviour::Static => {
                let reason = if self.default.is_some() { Reason::Static } else { Reason::Default };
                self.resolved(self.default, reason, set_metadata)
            }
            Behaviour::Invalid(error) => {
                let details = Cow::Owned(format!("the targeting cannot be used: {error}"));
                let code = match error {
                    InvalidRule::TooLarge | InvalidRule::TooCostly => ErrorCode::General,
                    _ => ErrorCode::ParseError,
                };
                self.failed(code, details, set_metadata)
            }
            Behaviour::Damaged | Behaviour::Targeted(_) => {
                self.failed(ErrorCode::General, "the flag cannot be read".into(), set_metadata)
            }
        }
    }

    /// The outcome that follows from the result of the rule; `None` is a rule that failed.
    pub(super) fn outcome<'r>(
        &'r self,
        result: Option<&DataValue<'_>>,
        set_metadata: &'r str,
    ) -> Evaluation<'r> {
        let Some(result) = result else {
            let details = "the targeting failed on this context, or uses an operation that does not exist";
            return self.failed(ErrorCode::ParseError, details.into(), set_metadata);
        };
        let variant = match result {
            DataValue::Null => return self.resolved(self.default, Reason::Default, set_metadata),
            DataValue::String(name) => self.position(name),
            DataValue::Bool(true) => self.position("true"),
            DataValue::Bool(false) => self.position("false"),
            DataValue::Number(number) => self.position(&number.to_string()),
            DataValue::Array(_) | DataValue::Object(_) => None,
        };
        if variant.is_none() {
            let details = "the targeting gave a result that names no variant of the flag";
            return self.failed(ErrorCode::General, details.into(), set_metadata);
        }
        self.resolved(variant, Reason::TargetingMatch, set_metadata)
    }

    fn read(text: &str, evaluators: &Evaluators, set_metadata: &str) -> Result<Self, Problem> {
        let (mut flag, mut enabled, mut default, mut targeting) = (Self::empty(), None, None, None);
        for (key, value) in json::members(text)? {
            match key.as_str() {
                "state" => enabled = string(value)?.map(|state| state == "ENABLED"),
                "variants" => flag.variants = variants(value)?,
                "defaultVariant" => default = string(value)?,
                "targeting" => targeting = Some(value),
                // Anything else hides it: what is wrong here must not open anything.
                "clientVisible" => flag.client_visible = value == "true",
                "metadata" => flag.metadata = Some(overlay(set_metadata, value)?),
                _ => {}
            }
        }
        let default = default.filter(|name| !name.is_empty());
        flag.default = default.map(|name| flag.position(&name).ok_or_else(damaged)).transpose()?;
        flag.behaviour = match (enabled.ok_or_else(damaged)?, targeting) {
            (false, _) => Behaviour::Disabled,
            (true, None | Some("{}")) => Behaviour::Static,
            (true, Some(rule)) => {
                let rule = json::parse(rule.as_bytes(), Bounds::DEFINITION)?;
                Rule::compile(&rule, evaluators).map_or_else(Behaviour::Invalid, Behaviour::Targeted)
            }
        };
        Ok(flag)
    }

    fn empty() -> Self {
        Self {
            variants: Vec::new(),
            default: None,
            metadata: None,
            client_visible: false,
            behaviour: Behaviour::Damaged,
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.variants.iter().position(|variant| variant.name == name)
    }

    fn resolved<'r>(
        &'r self,
        variant: Option<usize>,
        reason: Reason,
        set_metadata: &'r str,
    ) -> Evaluation<'r> {
        let variant = variant.and_then(|index| self.variants.get(index));
        Evaluation::Resolved {
            value: variant.map(|variant| &*variant.value),
            variant: variant.map(|variant| variant.name.as_str()),
            reason,
            metadata: self.metadata.as_deref().unwrap_or(set_metadata),
        }
    }

    fn failed<'r>(&'r self, code: ErrorCode, details: Cow<'r, str>, set_metadata: &'r str) -> Evaluation<'r> {
        Evaluation::Failed { code, details, metadata: self.metadata.as_deref().unwrap_or(set_metadata) }
    }
}

fn variants(json: &str) -> Result<Vec<Variant>, Problem> {
    let members = json::members(json)?.into_iter();
    Ok(members.map(|(name, value)| Variant { name, value: value.into() }).collect())
}

/// The text of a string, or `None` for null.
fn string(json: &str) -> Result<Option<String>, Problem> {
    serde_json::from_str(json).map_err(|error| Problem::of(&error))
}

/// The members of both objects; the second wins.
fn overlay(below: &str, above: &str) -> Result<String, Problem> {
    let (below, above) = (json::members(below)?, json::members(above)?);
    let overlaid: HashSet<&str> = above.iter().map(|(key, _)| key.as_str()).collect();
    let kept = below.iter().filter(|(key, _)| !overlaid.contains(key.as_str()));
    let mut merged = String::new();
    write_object(&mut merged, kept.chain(&above).map(|(key, value)| (key.as_str(), *value)));
    Ok(merged)
}

fn damaged() -> Problem {
    Problem::here("not as it was written")
}
