//! Expressions: the operations that travel as the text that DynamoDB takes.
//!
//! Names and values in the text are placeholders, `#n0` and `:v0`, whatever they were in the client's text: so no name is
//! ever a reserved word. All expressions of a request share their placeholders.
//!
//! The tree is read once, from its bytes to the text, and no deeper than [`MAX_DEPTH`]. A chain of `AND` or `OR` is one
//! level however long it is, and to whichever side it associates.

mod condition;
mod placeholders;
mod projection;
mod reader;
mod update;

pub(super) use placeholders::Placeholders;
pub(super) use projection::decode_projection;

/// How deep operations may nest: parentheses of DynamoDB's 4 KB of text may nest as deep as clients like, but theirs stop
/// far earlier.
const MAX_DEPTH: usize = 256;
