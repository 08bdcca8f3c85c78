//! What is wrong with a JSON text, and where.

use serde_json::error::Category;

/// Bytes of a pointer, at most: keys are the sender's and may be long.
const MAX_POINTER_BYTES: usize = 256;

/// What is wrong with a JSON text, and where. The message never repeats a value of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A JSON pointer (RFC 6901), cut when long.
    pub(crate) pointer: String,
    pub(crate) message: String,
}

impl Problem {
    /// A complaint about the value itself; callers add the way to it by [`Problem::under`].
    pub(crate) fn here(message: impl Into<String>) -> Self {
        Self { pointer: String::new(), message: message.into() }
    }

    /// What serde found. Only syntax errors say more than their class, since other messages repeat the offending value.
    pub(crate) fn of(error: &serde_json::Error) -> Self {
        match error.classify() {
            Category::Syntax | Category::Eof => Self::here(format!("invalid JSON: {error}")),
            Category::Data | Category::Io => Self::here("not of the expected type"),
        }
    }

    /// The same complaint, seen from the value that holds this one under `step`.
    pub(crate) fn under(mut self, step: &str) -> Self {
        let mut pointer = String::with_capacity(1 + step.len() + self.pointer.len());
        push_step(&mut pointer, step);
        pointer.push_str(&self.pointer);
        self.pointer = cut(pointer);
        self
    }
}

/// Where something is wrong, to follow what is wrong; nothing where that is the whole text.
pub(crate) fn place(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!(" at {pointer:?}") }
}

/// Appends one step to a JSON pointer.
pub(crate) fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for character in step.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A pointer that is not too long to be shown.
pub(crate) fn cut(mut pointer: String) -> String {
    if pointer.len() > MAX_POINTER_BYTES {
        let end =
            (0..=MAX_POINTER_BYTES).rev().find(|&end| pointer.is_char_boundary(end)).unwrap_or_default();
        pointer.truncate(end);
        pointer.push('…');
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_problem_is_a_json_pointer() {
        let problem = Problem::here("no").under("0").under("a/b~c");
        assert_eq!(problem.pointer, "/a~1b~0c/0");
    }

    #[test]
    fn a_long_key_is_cut_between_characters() {
        let problem = Problem::here("no").under(&"é".repeat(1000));
        assert!(problem.pointer.len() <= MAX_POINTER_BYTES + '…'.len_utf8());
        assert!(problem.pointer.ends_with("é…"));
    }
}
