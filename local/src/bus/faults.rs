//! What can go wrong with a bus.

use http::StatusCode;

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing goes wrong.
    None,
    /// Some of its events are refused with this error code: those whose place says so. The others are taken.
    Entries {
        /// `ThrottlingException`, `InternalFailure`, or what will not pass.
        code: &'static str,
        /// By place in the request. What is missing is taken.
        refused: Vec<bool>,
    },
    /// It is answered with this status, and no event is taken.
    Status(StatusCode),
    /// Its events are taken, and it is never answered.
    Silence,
}

impl Fault {
    /// The error code of the event at that place in the request, if it is refused.
    pub(super) fn of(&self, place: usize) -> Option<&'static str> {
        match self {
            Self::Entries { code, refused } if refused.get(place) == Some(&true) => Some(code),
            _ => None,
        }
    }
}
