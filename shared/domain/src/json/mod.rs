//! JSON text, where serde alone is not strict or not exact enough: duplicate keys are refused, numbers keep their text,
//! and every complaint says where.

mod members;
mod merge_patch;
mod minify;
mod problem;
mod tree;

pub(crate) use members::{elements, members};
pub(crate) use merge_patch::merge_patch;
pub(crate) use minify::minify;
pub(crate) use problem::{Problem, cut, place, push_step};
pub(crate) use tree::{Bounds, parse};

/// A parsed value. The rules engine's own type, so that nothing has to be converted.
pub(crate) type Json = datalogic_rs::datavalue::OwnedDataValue;

/// Appends a JSON string literal.
pub(crate) fn write_string(out: &mut String, text: &str) {
    // A string always serialises.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Appends `{"key":value,...}` with keys to be quoted and values that are JSON text.
pub(crate) fn write_object<'m>(out: &mut String, members: impl IntoIterator<Item = (&'m str, &'m str)>) {
    out.push('{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(out, key);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
}
