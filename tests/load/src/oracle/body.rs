//! What is in a body: flags, definitions, refusals.

use std::borrow::Cow;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{Oracle, Outcome, Violation};
use crate::{
    client::Answer,
    content::{Content, Variant},
    user::User,
};

/// How an answer says that it is stale, in the metadata of OFREP.
const STALE: &[u8] = b"\"pennon.stale\":true";

/// The evaluation of a flag, as OFREP writes it.
#[derive(Debug, Deserialize)]
pub(super) struct Evaluation<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
    #[serde(borrow)]
    variant: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(default, rename = "pennon.stale")]
    stale: bool,
}

#[derive(Deserialize)]
struct Bulk<'a> {
    #[serde(borrow)]
    flags: Vec<Evaluation<'a>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal<'a> {
    #[serde(borrow)]
    error_code: Cow<'a, str>,
    #[serde(borrow)]
    error_details: Cow<'a, str>,
}

/// An answer of OFREP says in its body as well as in its header that it is stale, or in neither.
pub(super) fn check_staleness(answer: &Answer) -> Result<(), Violation> {
    let says_so = answer.body.windows(STALE.len()).any(|window| window == STALE);
    if says_so == answer.is_stale() {
        return Ok(());
    }
    Err(Violation::Malformed("the header says something else of staleness than the body".to_owned()))
}

/// Reads the answer to the evaluation of one flag.
pub(super) fn evaluation(body: &[u8]) -> Result<Evaluation<'_>, Violation> {
    read(body)
}

/// Checks that the answer is the refusal that was asked for, as OFREP writes it.
pub(super) fn check_refusal(answer: &Answer, status: StatusCode, code: &str) -> Result<Outcome, Violation> {
    if answer.status != status {
        return Err(Violation::Malformed(format!("{} instead of {status}", answer.status)));
    }
    let refusal: Refusal<'_> = read(&answer.body)?;
    if refusal.error_code != code || refusal.error_details.is_empty() {
        return Err(Violation::Malformed(format!("{} instead of {code}", refusal.error_code)));
    }
    Ok(Outcome::Refused)
}

impl Oracle {
    /// Checks every flag of a bulk answer, and that there are all of them, in order.
    pub(super) fn check_bulk(
        &self,
        environment: usize,
        user: User,
        version: u64,
        answer: &Answer,
    ) -> Result<(), Violation> {
        let bulk: Bulk<'_> = read(&answer.body)?;
        if bulk.flags.len() != self.content().flags() {
            return Err(Violation::Value(format!("{} flags in version {version}", bulk.flags.len())));
        }
        for (flag, evaluation) in bulk.flags.iter().enumerate() {
            if evaluation.metadata.stale != answer.is_stale() || bulk.metadata.stale != answer.is_stale() {
                return Err(Violation::Malformed("a part of the answer is stale, another is not".to_owned()));
            }
            self.check_evaluation(environment, user, flag, version, evaluation)?;
        }
        Ok(())
    }

    /// Checks what a flag was evaluated to.
    pub(super) fn check_evaluation(
        &self,
        environment: usize,
        user: User,
        flag: usize,
        version: u64,
        found: &Evaluation<'_>,
    ) -> Result<(), Violation> {
        let expected = Content::expected(flag, user);
        let variant = match (expected.variant, found.variant.as_deref()) {
            (Variant::Is(variant), _) => Some(variant),
            (Variant::None, _) => None,
            (Variant::Sticky, Some("on")) => Some(self.sticky(user, flag, "on")),
            (Variant::Sticky, _) => Some(self.sticky(user, flag, "off")),
        };
        let value =
            variant.map(|variant| self.content().value(self.name(environment), flag, version, variant));
        let right = found.key == Content::key(flag)
            && found.reason.as_deref() == Some(expected.reason)
            && found.variant.as_deref() == variant
            && found.value.as_deref() == value.as_deref();
        if right {
            return Ok(());
        }
        let name = self.name(environment);
        let expected = format!("{value:?} by {variant:?} ({})", expected.reason);
        Err(Violation::Value(format!("{found:?} for {user:?} in {name} {version}, expected {expected}")))
    }

    /// Checks the definition file of a version.
    pub(super) fn check_snapshot(
        &self,
        environment: usize,
        version: u64,
        answer: &Answer,
    ) -> Result<(), Violation> {
        let found: Value = read(&answer.body)?;
        let expected = self.content().definition(self.name(environment), version);
        let same = |member| found.get(member) == expected.get(member);
        if same("flags") && same("$evaluators") {
            return Ok(());
        }
        Err(Violation::Value(format!(
            "the snapshot of {} is not its version {version}",
            self.name(environment)
        )))
    }

    /// Checks the definition of a flag.
    pub(super) fn check_definition(
        &self,
        environment: usize,
        flag: usize,
        version: u64,
        answer: &Answer,
    ) -> Result<(), Violation> {
        super::expect_ok(answer)?;
        let found: Value = read(&answer.body)?;
        let expected = self.content().definition_of(self.name(environment), flag, version);
        if found == expected {
            return Ok(());
        }
        Err(Violation::Value(format!("{found} in version {version} of {}", self.name(environment))))
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Violation> {
    serde_json::from_slice(body).map_err(|error| Violation::Malformed(error.to_string()))
}
