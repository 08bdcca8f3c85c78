//! Updates.

use dax_client::protocol::cbor::DecodeError;
use dax_client::protocol::expression::operation;

use super::reader::{MALFORMED, Reader};

impl Reader<'_, '_> {
    /// A whole update as text. Actions of one kind are put together: DynamoDB takes each keyword once.
    pub(super) fn update(&mut self) -> Result<String, DecodeError> {
        let mut sections: Vec<(&str, String)> = Vec::new();
        let mut actions = self.decoder.array()?;
        while actions.next(&mut self.decoder)? {
            let (keyword, action) = self.action()?;
            match sections.iter_mut().find(|(known, _)| *known == keyword) {
                Some((_, section)) => {
                    section.push_str(", ");
                    section.push_str(&action);
                }
                None => sections.push((keyword, format!("{keyword} {action}"))),
            }
        }
        let sections: Vec<_> = sections.into_iter().map(|(_, section)| section).collect();
        Ok(sections.join(" "))
    }

    /// The keyword of an action, and what follows it.
    fn action(&mut self) -> Result<(&'static str, String), DecodeError> {
        let mut text = String::new();
        let keyword = match self.operation()? {
            (operation::SET, 2) => {
                self.operand(&mut text)?;
                text.push_str(" = ");
                self.set_value(&mut text)?;
                return Ok(("SET", text));
            }
            (operation::REMOVE, 1) => {
                self.operand(&mut text)?;
                return Ok(("REMOVE", text));
            }
            (operation::ADD, 2) => "ADD",
            (operation::DELETE, 2) => "DELETE",
            _ => return Err(MALFORMED),
        };
        self.operand(&mut text)?;
        text.push(' ');
        self.operand(&mut text)?;
        Ok((keyword, text))
    }

    /// An operand, a sum or a difference.
    fn set_value(&mut self, text: &mut String) -> Result<(), DecodeError> {
        let before = self.decoder.clone();
        let operator = match self.operation()? {
            (operation::PLUS, 2) => " + ",
            (operation::MINUS, 2) => " - ",
            _ => {
                self.decoder = before;
                return self.operand(text);
            }
        };
        self.operand(text)?;
        text.push_str(operator);
        self.operand(text)
    }
}
