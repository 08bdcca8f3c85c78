//! The operations that a rule may use.

/// The member that stands for a segment. It is replaced before a rule is compiled.
pub(crate) const REF: &str = "$ref";

/// An operation of JSONLogic or of flagd, by what it does with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Var,
    /// `missing`, `missing_some`.
    Missing,
    If,
    /// `and`, `or`: return one of their arguments.
    Junction,
    /// Looks at no more than the kind of its argument: `!`, `!!`.
    Not,
    /// `==`, `===` and their opposites.
    Equality,
    /// `<` and so on.
    Order,
    /// Returns a number.
    Arithmetic,
    In,
    Cat,
    Substr,
    Merge,
    Map,
    Filter,
    /// `all`, `none`, `some`.
    Quantifier,
    Reduce,
    Fractional,
    SemVer,
    /// `starts_with`, `ends_with`.
    Affix,
}

impl Operator {
    /// The operation of that name. The engine knows more, but a rule that used them would not work in flagd.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "var" => Self::Var,
            "missing" | "missing_some" => Self::Missing,
            "if" | "?:" => Self::If,
            "and" | "or" => Self::Junction,
            "!" | "!!" => Self::Not,
            "==" | "===" | "!=" | "!==" => Self::Equality,
            "<" | "<=" | ">" | ">=" => Self::Order,
            "+" | "-" | "*" | "/" | "%" | "max" | "min" => Self::Arithmetic,
            "in" => Self::In,
            "cat" => Self::Cat,
            "substr" => Self::Substr,
            "merge" => Self::Merge,
            "map" => Self::Map,
            "filter" => Self::Filter,
            "all" | "none" | "some" => Self::Quantifier,
            "reduce" => Self::Reduce,
            "fractional" => Self::Fractional,
            "sem_ver" => Self::SemVer,
            "starts_with" | "ends_with" => Self::Affix,
            _ => return None,
        })
    }

    /// Whether the second argument is evaluated with each item of the first in place of the context.
    pub(super) fn iterates(self) -> bool {
        matches!(self, Self::Map | Self::Filter | Self::Quantifier | Self::Reduce)
    }
}
