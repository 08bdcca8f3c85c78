//! What a connection begins with. The server does not answer it.

use std::borrow::Cow;

use super::cbor::{DecodeError, Decoder, Encoder, Type};

const MAGIC: &str = "J7yne5G";
const LAYERING: u64 = 0;
const USER_AGENT: &str = "UserAgent";
const MODE: u64 = 0;

/// How many values a preamble is.
pub const VALUES: u64 = 5;

/// What a client says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preamble<'a> {
    /// A label of the pool that the connection belongs to. Ours are bytes; other clients have texts or none.
    pub session: Session<'a>,
    /// The client and its version.
    pub user_agent: Cow<'a, str>,
}

/// The label of a pool of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session<'a> {
    /// Random bytes, at most 16.
    Bytes(Cow<'a, [u8]>),
    /// A counter in letters.
    Text(Cow<'a, str>),
    /// No label.
    None,
}

impl<'a> Preamble<'a> {
    /// The preamble of a connection of the pool labelled `session`.
    pub fn new(session: &'a [u8; 16], user_agent: &'a str) -> Self {
        Self { session: Session::Bytes(Cow::Borrowed(session)), user_agent: Cow::Borrowed(user_agent) }
    }

    /// Appends the preamble.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        encoder.text(MAGIC).unsigned(LAYERING);
        match &self.session {
            Session::Bytes(bytes) => encoder.bytes(bytes),
            Session::Text(text) => encoder.text(text),
            Session::None => encoder.null(),
        };
        encoder.map(1).text(USER_AGENT).text(&self.user_agent).unsigned(MODE);
    }

    /// Reads a preamble, as a server does.
    pub fn decode(decoder: &mut Decoder<'a>) -> Result<Self, DecodeError> {
        if decoder.text()? != MAGIC {
            return Err(DecodeError::Malformed("the beginning of the connection"));
        }
        decoder.unsigned()?;
        let session = match decoder.peek()? {
            Type::Text => Session::Text(decoder.text()?),
            Type::Null => {
                decoder.take_null()?;
                Session::None
            }
            _ => Session::Bytes(decoder.bytes()?),
        };
        let mut user_agent = Cow::Borrowed("");
        let mut items = decoder.map()?;
        while items.next(decoder)? {
            match &*decoder.text()? {
                USER_AGENT => user_agent = decoder.text()?,
                _ => decoder.skip()?,
            }
        }
        decoder.unsigned()?;
        Ok(Self { session, user_agent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reads_what_any_client_writes() {
        let user_agent = Cow::Borrowed("agent/1");
        for session in [Session::Bytes(vec![1, 2].into()), Session::Text("0".into()), Session::None] {
            let preamble = Preamble { session, user_agent: user_agent.clone() };
            let mut buffer = Vec::new();
            preamble.encode(&mut Encoder::new(&mut buffer));
            let mut decoder = Decoder::new(&buffer);
            assert_eq!(Preamble::decode(&mut decoder), Ok(preamble));
            assert_eq!(decoder.finish(), Ok(()));
        }
    }

    #[test]
    fn another_protocol_is_refused() {
        let mut http = Decoder::new(b"GET / HTTP/1.1\r\n");
        assert!(Preamble::decode(&mut http).is_err());
    }
}
