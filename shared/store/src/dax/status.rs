//! How DAX is, for whoever asks whether Pennon is ready.

use aws_sdk_dynamodb::{operation::batch_get_item::BatchGetItemInput, types::KeysAndAttributes};

use super::{Dax, fallback::Fallback};
use crate::item::Key;

/// How DAX is. Whatever it is, snapshots are read: from DynamoDB, where DAX gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaxStatus {
    /// There is none.
    Off,
    /// It answers.
    Ok,
    /// It is left alone for a while, as it has failed too often.
    BreakerOpen,
    /// It does not answer, or not in time, or with an error.
    Unreachable,
}

impl DaxStatus {
    /// The status as one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Ok => "ok",
            Self::BreakerOpen => "breaker-open",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Dax {
    /// Asks for an item that is not there.
    pub(crate) async fn status(&self) -> DaxStatus {
        let Ok(input) = self.probe() else { return DaxStatus::Unreachable };
        let outcome = self.0.client.send(input).await;
        self.0.breaker.look(self.0.client.breaker());
        match outcome.map_err(|error| Fallback::of(&error)) {
            Ok(_) => DaxStatus::Ok,
            Err(Fallback::Breaker) => DaxStatus::BreakerOpen,
            Err(_) => DaxStatus::Unreachable,
        }
    }

    fn probe(&self) -> Result<BatchGetItemInput, Fallback> {
        let keys = KeysAndAttributes::builder().keys(Key::probe().attributes()).build();
        let request =
            BatchGetItemInput::builder().request_items(&self.0.table, keys.map_err(|_| Fallback::Request)?);
        request.build().map_err(|_| Fallback::Request)
    }
}
