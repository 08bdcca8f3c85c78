//! What a rule sees: the context, and what the server adds to it.

use datalogic_rs::{DataValue, bumpalo::Bump};

use crate::{Context, Timestamp, context::FLAGD, json::Json};

/// A context in an arena, ready to be shown to any number of rules.
pub(super) struct Subject<'a> {
    attributes: &'a [(&'a str, DataValue<'a>)],
    /// Seconds since the epoch, as flagd gives them.
    timestamp: DataValue<'a>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(context: &'a Context, now: Timestamp, arena: &'a Bump) -> Self {
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        Self {
            attributes: borrow_members(context.attributes(), arena),
            timestamp: DataValue::from_i64(seconds),
        }
    }

    /// The data that the rule of a flag is evaluated on.
    pub(super) fn root<'e>(&'e self, flag_key: &'e str, arena: &'e Bump) -> &'e DataValue<'e> {
        let flagd: &'e [_] =
            arena.alloc([("flagKey", DataValue::String(flag_key)), ("timestamp", self.timestamp)]);
        let server = (FLAGD, DataValue::Object(flagd));
        // After the attributes, which the context has sorted and freed of this name.
        let member = |index| self.attributes.get(index).copied().unwrap_or(server);
        let members = arena.alloc_slice_fill_with(self.attributes.len() + 1, member);
        arena.alloc(DataValue::Object(members))
    }
}

/// Strings stay where they are; only the engine's view of the structure is built.
fn borrow<'a>(value: &'a Json, arena: &'a Bump) -> DataValue<'a> {
    match value {
        Json::Null => DataValue::Null,
        Json::Bool(value) => DataValue::Bool(*value),
        Json::Number(number) => DataValue::Number(*number),
        Json::String(text) => DataValue::String(text),
        Json::Array(items) => {
            DataValue::Array(arena.alloc_slice_fill_iter(items.iter().map(|item| borrow(item, arena))))
        }
        Json::Object(members) => DataValue::Object(borrow_members(members, arena)),
    }
}

fn borrow_members<'a>(members: &'a [(String, Json)], arena: &'a Bump) -> &'a [(&'a str, DataValue<'a>)] {
    arena.alloc_slice_fill_iter(members.iter().map(|(key, value)| (key.as_str(), borrow(value, arena))))
}
