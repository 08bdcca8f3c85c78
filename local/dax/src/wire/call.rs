//! Calls: where one ends, and which it is.

use dax_client::protocol::cbor::{DecodeError, Decoder, Progress, Scanner, Type};
use dax_client::protocol::lookup::Metadata;
use dax_client::protocol::method::{Method, SERVICE};

use super::CallError;
use super::request::{self, Request};

/// The numbers of the service and of the method.
const HEAD_VALUES: u64 = 2;
const UNKNOWN_SERVICE: DecodeError = DecodeError::Malformed("the number of the service");
const UNKNOWN_METHOD: DecodeError = DecodeError::Malformed("the number of the method");

/// Looks for the end of one call, over bytes that arrive in pieces. It never looks at a byte twice.
///
/// A call has no length: its method tells how many values follow.
#[derive(Debug)]
pub(crate) struct CallScanner {
    scanner: Scanner,
    head_is_known: bool,
}

/// What a whole call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// The client says who it is. Has no response.
    Authorize(Authorize),
    /// The nodes of the cluster.
    Endpoints,
    /// The primary key of a table.
    DefineKeySchema {
        /// Its name.
        table: String,
    },
    /// A number for a list of attribute names.
    DefineAttributeListId {
        /// In the order in which the client will write their values.
        names: Vec<String>,
    },
    /// The names that a number stands for.
    DefineAttributeList {
        /// The number.
        id: i64,
    },
    /// One of the ten operations.
    Data(Data),
}

/// Who a client says it is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Authorize {
    pub(crate) access_key_id: String,
    /// In 64 hexadecimal digits.
    pub(crate) signature: String,
    /// What has been signed. The server was not told the request, only this digest of it.
    pub(crate) string_to_sign: Vec<u8>,
    pub(crate) session_token: Option<String>,
    pub(crate) user_agent: Option<String>,
}

/// A call of an operation whose arguments were not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data {
    /// One of the ten operations.
    pub(crate) method: Method,
    /// Complete CBOR values, as many as the method has. Equal arguments mean equal results.
    pub(crate) arguments: Vec<u8>,
}

impl CallScanner {
    /// Looks for the end of a call of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { scanner: Scanner::new(HEAD_VALUES, limit), head_is_known: false }
    }

    /// Looks on. `bytes` must begin with those of the last call, but may go on with those of the next call on the
    /// connection.
    ///
    /// After an error the rest of the connection makes no sense.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Result<Progress, DecodeError> {
        let progress = self.scanner.advance(bytes)?;
        if self.head_is_known || matches!(progress, Progress::Incomplete { .. }) {
            return Ok(progress);
        }
        let method = read_head(&mut Decoder::new(bytes))?;
        self.head_is_known = true;
        self.scanner.expect(method.arguments());
        self.scanner.advance(bytes)
    }
}

/// Reads a call that is complete.
pub(crate) fn read_call(frame: &[u8]) -> Result<Call, DecodeError> {
    let mut decoder = Decoder::new(frame);
    let call = match read_head(&mut decoder)? {
        Method::AuthorizeConnection => Call::Authorize(Authorize::decode(&mut decoder)?),
        Method::Endpoints => Call::Endpoints,
        Method::DefineKeySchema => Call::DefineKeySchema { table: read_name(&mut decoder)? },
        Method::DefineAttributeListId => Call::DefineAttributeListId { names: read_names(&mut decoder)? },
        Method::DefineAttributeList => Call::DefineAttributeList { id: decoder.int()? },
        method => return Ok(Call::Data(Data { method, arguments: decoder.rest().to_vec() })),
    };
    decoder.finish()?;
    Ok(call)
}

/// A name, which is a byte string in some places and a text in others.
pub(super) fn read_name(decoder: &mut Decoder<'_>) -> Result<String, DecodeError> {
    if decoder.peek()? == Type::Text {
        return Ok(decoder.text()?.into_owned());
    }
    let at = decoder.position();
    String::from_utf8(decoder.bytes()?.into_owned()).map_err(|_| DecodeError::NotUtf8 { at })
}

impl Call {
    /// What is called.
    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Authorize(_) => Method::AuthorizeConnection,
            Self::Endpoints => Method::Endpoints,
            Self::DefineKeySchema { .. } => Method::DefineKeySchema,
            Self::DefineAttributeListId { .. } => Method::DefineAttributeListId,
            Self::DefineAttributeList { .. } => Method::DefineAttributeList,
            Self::Data(data) => data.method,
        }
    }
}

impl Data {
    /// The SDK's input, and what it takes to write the response.
    pub(crate) fn decode(&self, metadata: &dyn Metadata) -> Result<Request, CallError> {
        request::decode(self.method, &self.arguments, metadata)
    }
}

impl Authorize {
    fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            access_key_id: read_name(decoder)?,
            signature: read_name(decoder)?,
            string_to_sign: decoder.bytes()?.into_owned(),
            session_token: decoder.optional(read_name)?,
            user_agent: decoder.optional(read_name)?,
        })
    }
}

impl std::fmt::Debug for Authorize {
    /// Without what would authorize others.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorize")
            .field("access_key_id", &self.access_key_id)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

fn read_head(decoder: &mut Decoder<'_>) -> Result<Method, DecodeError> {
    if decoder.unsigned()? != SERVICE {
        return Err(UNKNOWN_SERVICE);
    }
    Method::from_id(decoder.int()?).ok_or(UNKNOWN_METHOD)
}

fn read_names(decoder: &mut Decoder<'_>) -> Result<Vec<String>, DecodeError> {
    let mut entries = decoder.array()?;
    let mut names = Vec::with_capacity(entries.capacity());
    while entries.next(decoder)? {
        names.push(decoder.text()?.into_owned());
    }
    Ok(names)
}
