//! The parts of a write transaction, which the API has as four types with much in common.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem};

use super::RequestError;
use crate::protocol::key::Attributes;

/// What a part of a write transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// `Put`
    Put,
    /// `Delete`
    Delete,
    /// `Update`
    Update,
    /// `ConditionCheck`
    Check,
}

impl Action {
    /// The server's number for it.
    pub fn number(self) -> u64 {
        match self {
            Self::Put => 2,
            Self::Delete => 7,
            Self::Update => 9,
            Self::Check => 12,
        }
    }

    /// What a number stands for.
    pub fn from_number(number: u64) -> Option<Self> {
        [Self::Put, Self::Delete, Self::Update, Self::Check]
            .into_iter()
            .find(|action| action.number() == number)
    }

    /// Whether the part has a whole item; else it has a key.
    pub(super) fn has_item(self) -> bool {
        self == Self::Put
    }
}

/// A part of a write transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(super) action: Action,
    pub(crate) table: &'a str,
    /// An item or a key.
    pub(crate) attributes: &'a Attributes,
    pub(super) condition: Option<&'a str>,
    pub(super) update: Option<&'a str>,
    pub(super) names: Option<&'a HashMap<String, String>>,
    pub(super) values: Option<&'a HashMap<String, AttributeValue>>,
    pub(super) on_failure: Option<&'a ReturnValuesOnConditionCheckFailure>,
}

/// A part out of one of the API's types.
macro_rules! part {
    ($part:expr, $action:ident, $attributes:ident, $condition:expr, $update:expr) => {
        Part {
            action: Action::$action,
            table: $part.table_name(),
            attributes: $part.$attributes(),
            condition: $condition,
            update: $update,
            names: $part.expression_attribute_names(),
            values: $part.expression_attribute_values(),
            on_failure: $part.return_values_on_condition_check_failure(),
        }
    };
}

impl<'a> Part<'a> {
    pub(crate) fn of(entry: &'a TransactWriteItem) -> Result<Self, RequestError> {
        match (entry.put(), entry.delete(), entry.update(), entry.condition_check()) {
            (Some(put), None, None, None) => Ok(part!(put, Put, item, put.condition_expression(), None)),
            (None, Some(delete), None, None) => {
                Ok(part!(delete, Delete, key, delete.condition_expression(), None))
            }
            (None, None, Some(update), None) => {
                let expression = Some(update.update_expression());
                Ok(part!(update, Update, key, update.condition_expression(), expression))
            }
            (None, None, None, Some(check)) => {
                Ok(part!(check, Check, key, Some(check.condition_expression()), None))
            }
            _ => Err(RequestError::NotOneAction),
        }
    }
}
