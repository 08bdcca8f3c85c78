//! Conditions, filters and key conditions.

use std::fmt::Write as _;

use dax_client::protocol::cbor::DecodeError;
use dax_client::protocol::expression::{Comparator, operation};

use super::reader::{MALFORMED, Reader};

/// How strongly the parts of a condition hold together. What holds less strongly than its place asks for needs
/// parentheses; no other does, for DynamoDB refuses those that say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Not,
    Primary,
}

impl Strength {
    fn of(operation: u64) -> Self {
        match operation {
            operation::OR => Self::Or,
            operation::AND => Self::And,
            operation::NOT => Self::Not,
            _ => Self::Primary,
        }
    }
}

impl Reader<'_, '_> {
    /// A whole condition as text.
    pub(super) fn condition(&mut self) -> Result<String, DecodeError> {
        let mut text = String::new();
        self.part(Strength::Or, &mut text)?;
        Ok(text)
    }

    /// A condition, in parentheses if it holds together less strongly than `least`.
    fn part(&mut self, least: Strength, text: &mut String) -> Result<(), DecodeError> {
        let (operation, operands) = self.operation()?;
        let in_parentheses = Strength::of(operation) < least;
        text.push_str(if in_parentheses { "(" } else { "" });
        self.nested(|reader| reader.of_operation(operation, operands, text))?;
        text.push_str(if in_parentheses { ")" } else { "" });
        Ok(())
    }

    fn of_operation(
        &mut self,
        operation: u64,
        operands: usize,
        text: &mut String,
    ) -> Result<(), DecodeError> {
        match (operation, operands) {
            (operation::AND, 2) => self.chain(operation, " AND ", Strength::Not, text),
            (operation::OR, 2) => self.chain(operation, " OR ", Strength::And, text),
            (operation::NOT, 1) => {
                text.push_str("NOT ");
                self.part(Strength::Not, text)
            }
            (operation::BETWEEN, 3) => {
                self.operand(text)?;
                text.push_str(" BETWEEN ");
                self.operand(text)?;
                text.push_str(" AND ");
                self.operand(text)
            }
            (operation::IN, 2) => self.choice(text),
            _ => match (Comparator::from_operation(operation), operands) {
                (Some(comparator), 2) => self.comparison(comparator, text),
                (Some(_), _) => Err(MALFORMED),
                (None, _) => self.call(operation, operands, text),
            },
        }
    }

    /// Operands that are of the same operation belong to the chain, at whichever end they are.
    fn chain(
        &mut self,
        operation: u64,
        operator: &str,
        least: Strength,
        text: &mut String,
    ) -> Result<(), DecodeError> {
        let mut missing = 2_usize;
        let mut is_first = true;
        while missing > 0 {
            let before = self.decoder.clone();
            if self.operation()? == (operation, 2) {
                missing += 1;
                continue;
            }
            self.decoder = before;
            text.push_str(if is_first { "" } else { operator });
            self.part(least, text)?;
            is_first = false;
            missing -= 1;
        }
        Ok(())
    }

    fn comparison(&mut self, comparator: Comparator, text: &mut String) -> Result<(), DecodeError> {
        self.operand(text)?;
        // Writing to a string cannot fail.
        let _ = write!(text, " {comparator} ");
        self.operand(text)
    }

    fn choice(&mut self, text: &mut String) -> Result<(), DecodeError> {
        self.operand(text)?;
        text.push_str(" IN (");
        let mut choices = self.decoder.array()?;
        let mut is_first = true;
        while choices.next(&mut self.decoder)? {
            text.push_str(if is_first { "" } else { ", " });
            self.operand(text)?;
            is_first = false;
        }
        text.push(')');
        Ok(())
    }
}
