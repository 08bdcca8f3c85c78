//! What the server refuses, and what may be done about it.

mod kind;
mod sdk;

pub use kind::{ErrorKind, Retry};
pub use sdk::OperationError;

use super::cbor::{DecodeError, Decoder, Encoder};

/// An error that the server answered with. The connection is as good as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message} {codes:?}", self.name().map(|name| format!("{name}: ")).unwrap_or_default())]
pub struct ServiceError {
    /// What went wrong, from the general to the particular. Never empty. The first is the class of the error: 1 may be
    /// tried again, 2 when the cluster has recovered, 3 is the server's and 4 the client's fault.
    pub codes: Vec<i64>,
    /// What went wrong, for people.
    pub message: String,
    /// The request as DynamoDB knows it, if it got that far.
    pub request_id: Option<String>,
    /// The name of DynamoDB's error, if it is DynamoDB's.
    pub error_code: Option<String>,
    /// The status of DynamoDB's response, if there was one.
    pub http_status: Option<u16>,
    /// Why a transaction was cancelled: as many as it has items, or none.
    pub reasons: Vec<Reason>,
}

/// Why a transaction was cancelled, as far as one of its items is concerned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// `None` in letters if it is not because of this item.
    pub code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The non-key attributes of the item as it is stored, if they were asked for.
    pub item: Option<Vec<u8>>,
}

impl ServiceError {
    /// Reads the three values that an error is: codes, message, and details.
    pub fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut items = decoder.array()?;
        let mut codes = Vec::with_capacity(items.capacity().min(8));
        while items.next(decoder)? {
            codes.push(decoder.int()?);
        }
        if codes.is_empty() {
            return Err(DecodeError::Malformed("an error without codes"));
        }
        let message = decoder.text()?.into_owned();
        let mut error = Self {
            codes,
            message,
            request_id: None,
            error_code: None,
            http_status: None,
            reasons: Vec::new(),
        };
        decoder.optional(|decoder| error.decode_details(decoder))?;
        Ok(error)
    }

    /// Appends the three values.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        encoder.array(self.codes.len());
        for &code in &self.codes {
            encoder.int(code);
        }
        encoder.text(&self.message);
        encoder.array(if self.reasons.is_empty() { 3 } else { 4 });
        encode_optional_text(encoder, self.request_id.as_deref());
        encode_optional_text(encoder, self.error_code.as_deref());
        match self.http_status {
            Some(status) => encoder.unsigned(status.into()),
            None => encoder.null(),
        };
        if !self.reasons.is_empty() {
            encoder.array(3 * self.reasons.len());
            self.reasons.iter().for_each(|reason| reason.encode(encoder));
        }
    }

    /// Request id, name and status, each of which may be missing; later versions may add more.
    fn decode_details(&mut self, decoder: &mut Decoder<'_>) -> Result<(), DecodeError> {
        let mut items = decoder.array()?;
        let mut position = 0;
        while items.next(decoder)? {
            match position {
                0 => self.request_id = optional_text(decoder)?,
                1 => self.error_code = optional_text(decoder)?,
                2 => {
                    let status = decoder.optional(Decoder::int)?;
                    self.http_status = status.and_then(|status| u16::try_from(status).ok());
                }
                3 => self.reasons = decoder.optional(decode_reasons)?.unwrap_or_default(),
                _ => decoder.skip()?,
            }
            position += 1;
        }
        Ok(())
    }
}

impl Reason {
    /// Whether it is not because of this item.
    pub fn is_none(&self) -> bool {
        self.code.as_deref().is_none_or(|code| code == "None")
    }

    /// Whether the same may work a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("TransactionConflict" | "ProvisionedThroughputExceeded" | "ThrottlingError")
        )
    }

    fn encode(&self, encoder: &mut Encoder<'_>) {
        encode_optional_text(encoder, self.code.as_deref());
        encode_optional_text(encoder, self.message.as_deref());
        match &self.item {
            Some(item) => encoder.bytes(item),
            None => encoder.null(),
        };
    }
}

/// Code, message and item of each, in one flat array.
fn decode_reasons(decoder: &mut Decoder<'_>) -> Result<Vec<Reason>, DecodeError> {
    let mut items = decoder.array()?;
    let mut reasons = Vec::with_capacity(items.capacity() / 3);
    while items.next(decoder)? {
        let code = optional_text(decoder)?;
        let incomplete = DecodeError::Malformed("a cancellation reason");
        let message = if items.next(decoder)? { optional_text(decoder)? } else { return Err(incomplete) };
        if !items.next(decoder)? {
            return Err(incomplete);
        }
        let item = decoder.optional(Decoder::bytes)?.map(std::borrow::Cow::into_owned);
        reasons.push(Reason { code, message, item });
    }
    Ok(reasons)
}

fn optional_text(decoder: &mut Decoder<'_>) -> Result<Option<String>, DecodeError> {
    Ok(decoder.optional(Decoder::text)?.map(std::borrow::Cow::into_owned))
}

fn encode_optional_text(encoder: &mut Encoder<'_>, text: Option<&str>) {
    match text {
        Some(text) => encoder.text(text),
        None => encoder.null(),
    };
}

#[cfg(test)]
mod tests;
