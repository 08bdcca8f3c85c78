//! Optional parameters: the last argument of every operation is a map of them.
//!
//! A parameter is written if the caller gave it, even with the value that it would have anyway. They are written in the
//! order of their numbers; the server takes any order.

use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnItemCollectionMetrics, ReturnValue, ReturnValuesOnConditionCheckFailure,
    Select,
};

use super::RequestError;
use crate::protocol::cbor::Encoder;

/// The number of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `ProjectionExpression`, encoded
    ProjectionExpression = 0,
    /// `ConsistentRead`
    ConsistentRead = 2,
    /// `ReturnConsumedCapacity`
    ReturnConsumedCapacity = 3,
    /// `ConditionExpression`, encoded
    ConditionExpression = 4,
    /// `ReturnItemCollectionMetrics`
    ReturnItemCollectionMetrics = 6,
    /// `ReturnValues`
    ReturnValues = 7,
    /// `UpdateExpression`, encoded
    UpdateExpression = 8,
    /// `ExclusiveStartKey`, encoded
    ExclusiveStartKey = 9,
    /// `FilterExpression`, encoded
    FilterExpression = 10,
    /// `IndexName`
    IndexName = 11,
    /// `Limit`
    Limit = 13,
    /// `ScanIndexForward`
    ScanIndexForward = 14,
    /// `Select`
    Select = 15,
    /// `Segment`
    Segment = 16,
    /// `TotalSegments`
    TotalSegments = 17,
    /// `ClientRequestToken`
    ClientRequestToken = 19,
}

impl Parameter {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::ProjectionExpression,
        Self::ConsistentRead,
        Self::ReturnConsumedCapacity,
        Self::ConditionExpression,
        Self::ReturnItemCollectionMetrics,
        Self::ReturnValues,
        Self::UpdateExpression,
        Self::ExclusiveStartKey,
        Self::FilterExpression,
        Self::IndexName,
        Self::Limit,
        Self::ScanIndexForward,
        Self::Select,
        Self::Segment,
        Self::TotalSegments,
        Self::ClientRequestToken,
    ];

    /// The parameter with this number.
    ///
    /// Two more numbers may be met: 1 and 5, the names and values of expressions, which are redundant.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| *parameter as i64 == number)
    }
}

/// A map of parameters that is being written.
pub(super) struct Parameters<'o, 'e>(&'o mut Encoder<'e>);

impl<'o, 'e> Parameters<'o, 'e> {
    pub(super) fn begin(out: &'o mut Encoder<'e>) -> Self {
        out.begin_map();
        Self(out)
    }

    pub(super) fn end(self) {
        self.0.end();
    }

    pub(super) fn bool(&mut self, parameter: Parameter, value: Option<bool>) {
        if let Some(value) = value {
            self.key(parameter).bool(value);
        }
    }

    /// A boolean that is a number for the server.
    pub(super) fn bool_as_int(&mut self, parameter: Parameter, value: Option<bool>) {
        if let Some(value) = value {
            self.key(parameter).unsigned(u64::from(value));
        }
    }

    pub(super) fn number(&mut self, parameter: Parameter, value: Option<u64>) {
        if let Some(value) = value {
            self.key(parameter).unsigned(value);
        }
    }

    pub(super) fn text(&mut self, parameter: Parameter, value: Option<&str>) {
        if let Some(value) = value {
            self.key(parameter).text(value);
        }
    }

    pub(super) fn bytes(&mut self, parameter: Parameter, value: Option<&[u8]>) {
        if let Some(value) = value {
            self.key(parameter).bytes(value);
        }
    }

    fn key(&mut self, parameter: Parameter) -> &mut Encoder<'e> {
        self.0.unsigned(parameter as u64)
    }
}

/// An enumeration of the API as the server's numbers.
pub trait Numbered: Sized {
    /// The parameter that it belongs to.
    const PARAMETER: &'static str;

    /// Its number, if this version knows the value.
    fn number(&self) -> Option<u64>;

    /// The value with this number.
    fn from_number(number: u64) -> Option<Self>;

    /// Its name.
    fn name(&self) -> &str;
}

/// The number of a value that may be there.
pub(super) fn numbered<T: Numbered>(value: Option<&T>) -> Result<Option<u64>, RequestError> {
    let Some(value) = value else { return Ok(None) };
    let unsupported =
        || RequestError::UnsupportedValue { parameter: T::PARAMETER, value: value.name().to_owned() };
    value.number().ok_or_else(unsupported).map(Some)
}

/// An integer that must not be less than `min`.
pub(super) fn at_least(
    parameter: &'static str,
    min: i32,
    value: Option<i32>,
) -> Result<Option<u64>, RequestError> {
    let Some(value) = value else { return Ok(None) };
    if value < min {
        return Err(RequestError::TooSmall { parameter, value, min });
    }
    Ok(u64::try_from(value).ok())
}

macro_rules! numbered {
    ($($type:ident as $parameter:literal { $($value:ident = $number:literal),+ })+) => {$(
        impl Numbered for $type {
            const PARAMETER: &'static str = $parameter;

            fn number(&self) -> Option<u64> {
                match self {
                    $(Self::$value => Some($number),)+
                    _ => None,
                }
            }

            fn from_number(number: u64) -> Option<Self> {
                match number {
                    $($number => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn name(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

numbered! {
    ReturnConsumedCapacity as "ReturnConsumedCapacity" { None = 0, Total = 1, Indexes = 2 }
    ReturnItemCollectionMetrics as "ReturnItemCollectionMetrics" { None = 0, Size = 1 }
    ReturnValue as "ReturnValues" { None = 1, AllOld = 2, UpdatedOld = 3, AllNew = 4, UpdatedNew = 5 }
    ReturnValuesOnConditionCheckFailure as "ReturnValuesOnConditionCheckFailure" { None = 1, AllOld = 2 }
    Select as "Select" { AllAttributes = 1, AllProjectedAttributes = 2, Count = 3, SpecificAttributes = 4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_their_parameters() {
        for parameter in Parameter::ALL {
            assert_eq!(Parameter::from_number(parameter as i64), Some(parameter));
        }
        assert_eq!(Parameter::from_number(12), None);
    }

    #[test]
    fn numbers_of_values_are_those_of_the_server() {
        assert_eq!(numbered(Some(&Select::Count)), Ok(Some(3)));
        assert_eq!(numbered(Some(&ReturnValue::UpdatedNew)), Ok(Some(5)));
        assert_eq!(numbered::<ReturnValue>(None), Ok(None));
        assert_eq!(Select::from_number(3), Some(Select::Count));
        assert_eq!(ReturnValue::from_number(0), None);
    }

    #[test]
    fn limits_are_not_negative() {
        assert_eq!(at_least("limit", 1, Some(1)), Ok(Some(1)));
        let error = RequestError::TooSmall { parameter: "segment", value: -1, min: 0 };
        assert_eq!(at_least("segment", 0, Some(-1)), Err(error));
    }
}
