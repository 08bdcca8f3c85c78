//! `starts_with` and `ends_with`.

use datalogic_rs::{ArenaExt as _, CustomOperator, DataValue, Result, bumpalo::Bump, operator::EvalContext};

/// Whether a string starts or ends with another. Anything but exactly two strings is null, so that the rule falls to the
/// default variant.
pub(super) enum Affix {
    Start,
    End,
}

impl CustomOperator for Affix {
    fn evaluate<'a>(
        &self,
        args: &[&'a DataValue<'a>],
        _: &mut EvalContext<'_, 'a>,
        arena: &'a Bump,
    ) -> Result<&'a DataValue<'a>> {
        let [DataValue::String(text), DataValue::String(affix)] = args else { return Ok(arena.null()) };
        let holds = match self {
            Self::Start => text.starts_with(affix),
            Self::End => text.ends_with(affix),
        };
        Ok(arena.bool(holds))
    }
}
