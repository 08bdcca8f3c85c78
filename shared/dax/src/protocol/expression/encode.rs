//! Trees of expressions as the lists of operations that DAX evaluates.
//!
//! `[1, operation, [value, ..]]`, and `[1, [path, ..]]` for a projection; 1 is the version of the format. Values are
//! numbered as they first appear; each expression has its own numbers.

use aws_sdk_dynamodb::types::AttributeValue;

use super::ast::{Action, Call, Condition, Name, Operand, Path, SetValue, Step, Value};
use super::error::{ExpressionError, Kind};
use super::function;
use super::operation::{self, VERSION};
use super::parser::{parse_condition, parse_projection, parse_update};
use super::projection::{DocumentPath, Projection};
use super::substitution::Substitutions;
use crate::protocol::cbor::{Encoder, tag};
use crate::protocol::value;

type Result<T> = std::result::Result<T, ExpressionError>;

/// Writes a `ConditionExpression`, a `FilterExpression` or a `KeyConditionExpression`.
pub fn encode_condition(
    kind: Kind,
    text: &str,
    substitutions: &mut Substitutions<'_>,
    out: &mut Encoder<'_>,
) -> Result<()> {
    let condition = parse_condition(kind, text)?;
    let mut writer = Writer::new(kind, substitutions, out);
    writer.condition(&condition)?;
    writer.finish()
}

/// Writes an `UpdateExpression`.
pub fn encode_update(text: &str, substitutions: &mut Substitutions<'_>, out: &mut Encoder<'_>) -> Result<()> {
    let actions = parse_update(text)?;
    let mut writer = Writer::new(Kind::Update, substitutions, out);
    writer.out.array(actions.len());
    actions.iter().try_for_each(|action| writer.action(action))?;
    writer.finish()
}

/// Writes a `ProjectionExpression`, and gives the paths of it: what comes back refers to them.
pub fn encode_projection(
    text: &str,
    substitutions: &mut Substitutions<'_>,
    out: &mut Encoder<'_>,
) -> Result<Projection> {
    let paths = parse_projection(text)?;
    out.array(2).unsigned(VERSION).array(paths.len());
    let mut writer = Writer { kind: Kind::Projection, out, substitutions, values: Vec::new() };
    let mut resolved = Vec::with_capacity(paths.len());
    for path in &paths {
        writer.path(path)?;
        resolved.push(DocumentPath::resolve(path, writer.substitutions)?);
    }
    Ok(Projection::new(resolved))
}

struct Writer<'s, 'a, 'o, 'e> {
    kind: Kind,
    out: &'o mut Encoder<'e>,
    substitutions: &'s mut Substitutions<'a>,
    /// What the expression refers to, in the order of first use.
    values: Vec<(&'a str, &'a AttributeValue)>,
}

impl<'s, 'a, 'o, 'e> Writer<'s, 'a, 'o, 'e> {
    /// Begins an expression that has values.
    fn new(kind: Kind, substitutions: &'s mut Substitutions<'a>, out: &'o mut Encoder<'e>) -> Self {
        out.array(3).unsigned(VERSION);
        Self { kind, out, substitutions, values: Vec::new() }
    }

    /// Ends it with the values.
    fn finish(self) -> Result<()> {
        self.out.array(self.values.len());
        for (key, attribute) in self.values {
            value::encode(self.out, attribute).map_err(|error| ExpressionError::InvalidValue {
                key: key.to_owned(),
                reason: error.to_string(),
            })?;
        }
        Ok(())
    }

    fn action(&mut self, action: &Action<'_>) -> Result<()> {
        match action {
            Action::Set(path, value) => {
                self.operation(operation::SET, 2);
                self.path(path)?;
                self.set_value(value)
            }
            Action::Remove(path) => {
                self.operation(operation::REMOVE, 1);
                self.path(path)
            }
            Action::Add(path, value) => {
                self.operation(operation::ADD, 2);
                self.path(path)?;
                self.value(*value)
            }
            Action::Delete(path, value) => {
                self.operation(operation::DELETE, 2);
                self.path(path)?;
                self.value(*value)
            }
        }
    }

    fn set_value(&mut self, value: &SetValue<'_>) -> Result<()> {
        let (operation, left, right) = match value {
            SetValue::Operand(Operand::Call(call)) => return self.call(call, false),
            SetValue::Operand(operand) => return self.operand(operand),
            SetValue::Plus(left, right) => (operation::PLUS, left, right),
            SetValue::Minus(left, right) => (operation::MINUS, left, right),
        };
        self.operation(operation, 2);
        self.operand(left)?;
        self.operand(right)
    }

    fn condition(&mut self, condition: &Condition<'_>) -> Result<()> {
        match condition {
            Condition::Compare(comparator, left, right) => {
                self.operation(comparator.operation(), 2);
                self.operand(left)?;
                self.operand(right)
            }
            Condition::Between(operand, low, high) => {
                self.operation(operation::BETWEEN, 3);
                [operand, low, high].into_iter().try_for_each(|operand| self.operand(operand))
            }
            Condition::In(operand, choices) => {
                self.operation(operation::IN, 2);
                self.operand(operand)?;
                self.out.array(choices.len());
                choices.iter().try_for_each(|choice| self.operand(choice))
            }
            Condition::Call(call) => self.call(call, false),
            Condition::Not(condition) => {
                self.operation(operation::NOT, 1);
                self.condition(condition)
            }
            Condition::And(conditions) => self.chain(operation::AND, conditions),
            Condition::Or(conditions) => self.chain(operation::OR, conditions),
        }
    }

    /// `a AND b AND c` is `a AND (b AND c)`: the operation takes two.
    fn chain(&mut self, operation: u64, conditions: &[Condition<'_>]) -> Result<()> {
        for (position, condition) in conditions.iter().enumerate() {
            if position + 1 < conditions.len() {
                self.operation(operation, 2);
            }
            self.condition(condition)?;
        }
        Ok(())
    }

    /// An operand of something else.
    fn operand(&mut self, operand: &Operand<'_>) -> Result<()> {
        match operand {
            Operand::Path(path) => self.path(path),
            Operand::Value(value) => self.value(*value),
            Operand::Call(call) => self.call(call, true),
        }
    }

    fn call(&mut self, call: &Call<'_>, nested: bool) -> Result<()> {
        let operation = function::operation(self.kind, call.name, nested)?;
        self.operation(operation, call.operands.len());
        call.operands.iter().try_for_each(|operand| self.operand(operand))
    }

    fn value(&mut self, value: Value<'_>) -> Result<()> {
        let seen = self.values.iter().position(|(key, _)| *key == value.0);
        let number = if let Some(number) = seen {
            number
        } else {
            self.values.push(self.substitutions.value(self.kind, value)?);
            self.values.len() - 1
        };
        self.operation(operation::VALUE, 1);
        self.out.unsigned(u64::try_from(number).unwrap_or(u64::MAX));
        Ok(())
    }

    fn path(&mut self, path: &Path<'_>) -> Result<()> {
        self.operation(operation::PATH, 1 + path.steps.len());
        self.name(path.root)?;
        path.steps.iter().try_for_each(|step| match step {
            Step::Member(name) => self.name(*name),
            Step::Index(index) => {
                self.out.tag(tag::PATH_INDEX).unsigned(*index);
                Ok(())
            }
        })
    }

    fn name(&mut self, name: Name<'_>) -> Result<()> {
        self.out.text(self.substitutions.name(self.kind, name)?);
        Ok(())
    }

    /// An operation, which `operands` values must follow.
    fn operation(&mut self, operation: u64, operands: usize) {
        self.out.array(1 + operands).unsigned(operation);
    }
}
