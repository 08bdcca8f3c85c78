//! Changes of a definition, each checked before it is made.

use super::{Definition, Warning};

/// A definition after a change, and what to tell the author of the change.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The definition with the change. The one before it is as it was.
    pub definition: Definition,
    /// What works, but perhaps not as it was meant. Pointers are into what was given.
    pub warnings: Vec<Warning>,
}
