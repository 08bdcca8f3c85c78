//! On what condition a change is made (RFC 9110, section 13; RFC 6585, section 3).

use super::Refusal;

/// What a writer says about the state that it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// `If-None-Match: *`: it must not exist.
    Absent,
    /// `If-Match: *`: it must exist, in whatever state.
    Present,
    /// `If-Match` with opaque tags, without quotes: it must be in one of these states.
    Match(Vec<String>),
}

impl Precondition {
    /// Whether a write may go on, given the entity tag of what is there now.
    ///
    /// # Errors
    /// [`Refusal::PreconditionFailed`] when the condition does not hold; [`Refusal::PreconditionRequired`] when something is
    /// there and no condition was given.
    pub fn check(&self, current: Option<&str>) -> Result<(), Refusal> {
        let holds = match (self, current) {
            (Self::None, None) => true,
            (Self::None, Some(_)) => return Err(Refusal::PreconditionRequired),
            (Self::Absent, current) => current.is_none(),
            (Self::Present, current) => current.is_some(),
            (Self::Match(tags), Some(current)) => tags.iter().any(|tag| tag == current),
            (Self::Match(_), None) => false,
        };
        if holds { Ok(()) } else { Err(Refusal::PreconditionFailed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_checked_against_what_is_there() {
        let listed = Precondition::Match(vec!["a".to_owned(), "b".to_owned()]);
        for (condition, current, outcome) in [
            (&Precondition::None, None, Ok(())),
            (&Precondition::None, Some("a"), Err(Refusal::PreconditionRequired)),
            (&Precondition::Absent, None, Ok(())),
            (&Precondition::Absent, Some("a"), Err(Refusal::PreconditionFailed)),
            (&Precondition::Present, None, Err(Refusal::PreconditionFailed)),
            (&Precondition::Present, Some("a"), Ok(())),
            (&listed, None, Err(Refusal::PreconditionFailed)),
            (&listed, Some("b"), Ok(())),
            (&listed, Some("c"), Err(Refusal::PreconditionFailed)),
        ] {
            assert_eq!(condition.check(current), outcome, "{condition:?} {current:?}");
        }
    }
}
