//! Why an expression was refused, in the words that DynamoDB and the other DAX clients use.

use std::fmt;

/// Which parameter of a request an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `ConditionExpression`
    Condition,
    /// `FilterExpression`
    Filter,
    /// `KeyConditionExpression`
    KeyCondition,
    /// `ProjectionExpression`
    Projection,
    /// `UpdateExpression`
    Update,
}

impl Kind {
    /// The kind as it stands in the middle of a sentence.
    fn noun(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Filter => "filter",
            Self::KeyCondition => "key condition",
            Self::Projection => "projection",
            Self::Update => "update",
        }
    }
}

impl fmt::Display for Kind {
    /// The name of the parameter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Condition => "ConditionExpression",
            Self::Filter => "FilterExpression",
            Self::KeyCondition => "KeyConditionExpression",
            Self::Projection => "ProjectionExpression",
            Self::Update => "UpdateExpression",
        })
    }
}

/// An expression, or the names and values that belong to it, cannot be sent.
///
/// The text of each is what a caller of DynamoDB expects as the message of a `ValidationException`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// The text is empty.
    #[error("Invalid {0}: The expression can not be empty")]
    Empty(Kind),
    /// The text is longer than [`MAX_LENGTH`](super::MAX_LENGTH) bytes.
    #[error("Invalid {0}: Expression size has exceeded the maximum allowed size ({max})", max = super::MAX_LENGTH)]
    TooLong(Kind),
    /// The text does not follow the grammar.
    #[error("Invalid {kind}: Syntax error; token: \"{token}\", near: line {line} char {column}")]
    Syntax {
        /// The expression.
        kind: Kind,
        /// The first token that does not fit; `<EOF>` at the end.
        token: String,
        /// Where it stands, counted from 1.
        line: u32,
        /// Characters before it in its line.
        column: u32,
    },
    /// Two pairs of parentheses around the same thing.
    #[error("Invalid {0}: The expression has redundant parentheses")]
    RedundantParentheses(Kind),
    /// More than [`MAX_DEPTH`](super::MAX_DEPTH) levels of `NOT`, parentheses and functions.
    #[error("Invalid {0}: The expression is nested deeper than {max} levels", max = super::MAX_DEPTH)]
    TooDeep(Kind),
    /// The index of a list element is too large to be one.
    #[error("Invalid {kind}: List index is not within the allowable range; index: [{index}]")]
    IndexOutOfRange {
        /// The expression.
        kind: Kind,
        /// The index as written.
        index: String,
    },
    /// No such function.
    #[error("Invalid {kind}: Invalid function name: function: {name}")]
    UnknownFunction {
        /// The expression.
        kind: Kind,
        /// The name in lower case.
        name: String,
    },
    /// A function of updates in a condition, or the other way round.
    #[error("Invalid {kind}: The function is not allowed in a {noun} expression", kind = .0, noun = .0.noun())]
    FunctionNotAllowed(Kind),
    /// `size` where a condition is needed.
    #[error("Invalid {0}: The function is not allowed to be used this way in an expression")]
    FunctionMisused(Kind),
    /// A function other than `size` as an operand of a condition.
    #[error("Only size() function is allowed to be nested")]
    OnlySizeNests,
    /// A function other than `if_not_exists` inside another operand of an update.
    #[error("Only if_not_exists() function can be nested")]
    OnlyIfNotExistsNests,
    /// A `#name` that `ExpressionAttributeNames` lacks.
    #[error("Invalid {kind}. Substitution value not provided for {name}")]
    UndefinedName {
        /// The expression.
        kind: Kind,
        /// With its `#`.
        name: String,
    },
    /// A `:value` that `ExpressionAttributeValues` lacks.
    #[error(
        "Invalid {kind}: An expression attribute value used in expression is not defined: attribute value: {name}"
    )]
    UndefinedValue {
        /// The expression.
        kind: Kind,
        /// With its `:`.
        name: String,
    },
    /// Names were given that no expression of the request uses.
    #[error("Value provided in ExpressionAttributeNames unused in expressions: keys: {{{0}}}")]
    UnusedNames(String),
    /// Values were given that no expression of the request uses.
    #[error("Value provided in ExpressionAttributeValues unused in expressions: keys: {{{0}}}")]
    UnusedValues(String),
    /// A map of names or values without an entry.
    #[error("{0} must not be empty")]
    EmptyMap(&'static str),
    /// Names or values without any expression.
    #[error("{0} can only be specified when using expressions")]
    NoExpression(&'static str),
    /// A key that does not begin with `#` (names) or `:` (values), followed by letters, digits and underscores.
    #[error("{map} contains invalid key: Syntax error; key: \"{key}\"")]
    InvalidKey {
        /// Which of the two maps.
        map: &'static str,
        /// The key.
        key: String,
    },
    /// A name that stands for the empty name.
    #[error("ExpressionAttributeNames contains invalid value: for key {0}")]
    EmptyName(String),
    /// A value that has no encoding.
    #[error("ExpressionAttributeValues contains invalid value: {reason} for key {key}")]
    InvalidValue {
        /// With its `:`.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}
