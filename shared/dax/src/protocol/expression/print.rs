//! Expressions as text, with the parentheses that the grammar needs and no others.

use std::fmt::{self, Display, Formatter, Write as _};

use super::ast::{Action, Call, Comparator, Condition, Name, Operand, Path, SetValue, Step, Value};

impl Display for Action<'_> {
    /// The action with its keyword.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(path, value) => write!(f, "SET {path} = {value}"),
            Self::Remove(path) => write!(f, "REMOVE {path}"),
            Self::Add(path, value) => write!(f, "ADD {path} {value}"),
            Self::Delete(path, value) => write!(f, "DELETE {path} {value}"),
        }
    }
}

impl Display for SetValue<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operand(operand) => operand.fmt(f),
            Self::Plus(left, right) => write!(f, "{left} + {right}"),
            Self::Minus(left, right) => write!(f, "{left} - {right}"),
        }
    }
}

impl Condition<'_> {
    /// How strongly the parts of a condition hold together; a part that holds less strongly than the whole needs
    /// parentheses, and so does a chain in a chain of the same kind, for else they would be one.
    fn strength(&self) -> u8 {
        match self {
            Self::Or(_) => 0,
            Self::And(_) => 1,
            Self::Not(_) => 2,
            Self::Compare(..) | Self::Between(..) | Self::In(..) | Self::Call(_) => 3,
        }
    }

    fn fmt_part(&self, at_least: u8, f: &mut Formatter<'_>) -> fmt::Result {
        if self.strength() < at_least { write!(f, "({self})") } else { self.fmt(f) }
    }
}

impl Display for Condition<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(comparator, left, right) => write!(f, "{left} {comparator} {right}"),
            Self::Between(operand, low, high) => write!(f, "{operand} BETWEEN {low} AND {high}"),
            Self::In(operand, choices) => {
                write!(f, "{operand} IN (")?;
                list(f, choices)?;
                f.write_char(')')
            }
            Self::Call(call) => call.fmt(f),
            Self::Not(condition) => {
                f.write_str("NOT ")?;
                condition.fmt_part(self.strength(), f)
            }
            Self::And(conditions) => chain(f, conditions, " AND ", self.strength() + 1),
            Self::Or(conditions) => chain(f, conditions, " OR ", self.strength() + 1),
        }
    }
}

impl Display for Comparator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.fmt(f),
            Self::Value(value) => value.fmt(f),
            Self::Call(call) => call.fmt(f),
        }
    }
}

impl Display for Call<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        list(f, &self.operands)?;
        f.write_char(')')
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)?;
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl Display for Step<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (Self::Literal(text) | Self::Alias(text)) = self;
        f.write_str(text)
    }
}

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

fn list(f: &mut Formatter<'_>, operands: &[Operand<'_>]) -> fmt::Result {
    for (position, operand) in operands.iter().enumerate() {
        write!(f, "{}{operand}", if position == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn chain(f: &mut Formatter<'_>, conditions: &[Condition<'_>], operator: &str, strength: u8) -> fmt::Result {
    for (position, condition) in conditions.iter().enumerate() {
        f.write_str(if position == 0 { "" } else { operator })?;
        condition.fmt_part(strength, f)?;
    }
    Ok(())
}
