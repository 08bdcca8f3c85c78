//! What a trace tells.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::Json;

/// Bytes of a value that is shown whole.
const MAX_VALUE_BYTES: usize = 1024;

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// The segment that it is part of; `None` is the flag itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment: Option<String>,
    /// A JSON pointer into the flag or the segment.
    pub(crate) pointer: String,
}

/// One operation on the way to the result, in the order in which they were begun.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    #[serde(flatten)]
    pub(crate) place: Place,
    /// The name of the operation; `None` for a condition that is there as a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// What its arguments came to, where they had to be computed before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) operands: Vec<Box<RawValue>>,
    /// For `fractional`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) split: Option<Split>,
    /// What it came to; `None` if it failed.
    pub(crate) result: Option<Box<RawValue>>,
    /// Whether the result holds, for a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holds: Option<bool>,
}

/// How a `fractional` chose, or why it did not.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Split {
    #[serde(rename_all = "camelCase")]
    Chosen {
        /// What was assigned to a bucket: a value, or the key of the flag with the targeting key.
        unit: Box<RawValue>,
        hash: u32,
        /// Where the hash falls, from 0 to below the total of the weights.
        bucket: u64,
        total_weight: u64,
        buckets: Vec<Bucket>,
        /// The index of the chosen one in `buckets`.
        chosen: usize,
    },
    #[serde(rename_all = "camelCase")]
    NotChosen { no_choice: String },
}

/// A bucket: it takes what falls from `from` to below `to`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bucket {
    pub(crate) variant: Box<RawValue>,
    pub(crate) weight: u64,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// A value as JSON text; a long one as the start of its text, which makes it a string.
pub(super) fn shown(value: &Json) -> Box<RawValue> {
    let mut text = value.to_string();
    if text.len() <= MAX_VALUE_BYTES
        && let Ok(raw) = RawValue::from_string(text.clone())
    {
        return raw;
    }
    let end = (0..=MAX_VALUE_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
    text.push('…');
    // A string always serialises.
    serde_json::value::to_raw_value(&text).unwrap_or_default()
}
