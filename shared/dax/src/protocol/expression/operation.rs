//! The numbers of the operations that an expression is made of on the wire, but for those of functions.

use super::ast::Comparator;

/// The version of the format, with which every expression begins.
pub const VERSION: u64 = 1;

/// `[6, left, right]`
pub const AND: u64 = 6;
/// `[7, left, right]`
pub const OR: u64 = 7;
/// `[8, condition]`
pub const NOT: u64 = 8;
/// `[9, operand, low, high]`
pub const BETWEEN: u64 = 9;
/// `[10, operand, [choice, ..]]`
pub const IN: u64 = 10;
/// `[17, position]`: a value of the expression.
pub const VALUE: u64 = 17;
/// `[18, name, step, ..]`: a document path.
pub const PATH: u64 = 18;
/// `[19, path, value]`
pub const SET: u64 = 19;
/// `[20, path, value]`
pub const ADD: u64 = 20;
/// `[21, path, value]`
pub const DELETE: u64 = 21;
/// `[22, path]`
pub const REMOVE: u64 = 22;
/// `[25, left, right]`
pub const PLUS: u64 = 25;
/// `[26, left, right]`
pub const MINUS: u64 = 26;

impl Comparator {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];

    /// Its number: `[number, left, right]`.
    pub fn operation(self) -> u64 {
        match self {
            Self::Equal => 0,
            Self::NotEqual => 1,
            Self::Less => 2,
            Self::GreaterOrEqual => 3,
            Self::Greater => 4,
            Self::LessOrEqual => 5,
        }
    }

    /// The comparison with this number.
    pub fn from_operation(operation: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|comparator| comparator.operation() == operation)
    }
}
