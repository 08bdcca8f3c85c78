//! A client that does what it is told and nothing else: no pool, no retries, one node.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dax_client::protocol::authorize::{Authorization, Credentials};
use dax_client::protocol::cbor::{Decoder, Encoder, Progress};
use dax_client::protocol::error::ServiceError;
use dax_client::protocol::frame::{FrameScanner, MAX_RESPONSE, Response};
use dax_client::protocol::key::KeySchema;
use dax_client::protocol::lookup::{Lookup, Metadata};
use dax_client::protocol::metadata::{self, Endpoint};
use dax_client::protocol::operation::Operation;
use dax_client::protocol::preamble::Preamble;
use dax_client::protocol::request::RequestError;
use dax_client::protocol::response::ResponseError;

/// Longer than anything here takes, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a call has no output.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Box<ServiceError>),
    Gone(io::Error),
}

impl Failure {
    pub(crate) fn refusal(self) -> ServiceError {
        match self {
            Self::Refused(error) => *error,
            Self::Gone(error) => panic!("the connection is gone: {error}"),
        }
    }

    /// Whether the connection was closed, as opposed to silent.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Gone(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        }
    }
}

pub(crate) trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// One connection to one node.
pub(crate) struct Raw {
    stream: Box<dyn Stream>,
    pub(crate) known: Known,
}

#[derive(Default)]
pub(crate) struct Known {
    schemas: HashMap<String, Arc<KeySchema>>,
    ids: HashMap<Vec<String>, i64>,
    lists: HashMap<i64, Arc<[String]>>,
}

impl Raw {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::over(tcp(address))
    }

    /// Over a stream that is connected.
    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        let mut raw = Self { stream: Box::new(stream), known: Known::default() };
        let mut preamble = Vec::new();
        Preamble::new(&[7; 16], "raw").encode(&mut Encoder::new(&mut preamble));
        raw.send(&preamble).unwrap();
        raw
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// The next response, which has so many results if it is a success.
    pub(crate) fn receive(&mut self, results: u64) -> io::Result<Vec<u8>> {
        let mut scanner = FrameScanner::new(results, MAX_RESPONSE);
        let mut frame = Vec::new();
        while let Progress::Incomplete { missing } = scanner.advance(&frame).unwrap() {
            let arrived = frame.len();
            frame.resize(arrived + missing, 0);
            self.stream.read_exact(&mut frame[arrived..])?;
        }
        Ok(frame)
    }

    /// Says who it is. There is no answer.
    pub(crate) fn authorize(&mut self, access_key_id: &str, secret: &str, time: SystemTime) {
        let credentials = Credentials { access_key_id, secret_access_key: secret, session_token: None };
        let mut call = Vec::new();
        let signed = Authorization::sign(credentials, "us-east-1", time).unwrap();
        signed.encode("raw", &mut Encoder::new(&mut call));
        self.send(&call).unwrap();
    }

    pub(crate) fn call<O: Operation>(&mut self, input: &O) -> Result<O::Output, Failure> {
        let (call, plan) = loop {
            match input.encode(&self.known) {
                Ok(encoded) => break encoded,
                Err(RequestError::Lookups(lookups)) => self.look_up(lookups)?,
                Err(error) => panic!("{error}"),
            }
        };
        let response = self.exchange(&call, O::METHOD.results().unwrap())?;
        let results = parse(&response)?;
        loop {
            match input.decode(&plan, results.clone(), &self.known) {
                Ok(output) => return Ok(output),
                Err(ResponseError::Lookups(lookups)) => self.look_up(lookups)?,
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) fn endpoints(&mut self) -> Result<Vec<Endpoint>, Failure> {
        let response = self.ask(metadata::encode_endpoints)?;
        Ok(metadata::decode_endpoints(&mut parse(&response)?).unwrap())
    }

    pub(crate) fn list_id(&mut self, names: &[&str]) -> Result<i64, Failure> {
        let names = names.iter().copied();
        let response = self.ask(|encoder| metadata::encode_define_attribute_list_id(encoder, names))?;
        Ok(metadata::decode_attribute_list_id(&mut parse(&response)?).unwrap())
    }

    pub(crate) fn list(&mut self, id: i64) -> Result<Vec<String>, Failure> {
        let response = self.ask(|encoder| metadata::encode_define_attribute_list(encoder, id))?;
        Ok(metadata::decode_attribute_list(&mut parse(&response)?).unwrap())
    }

    pub(crate) fn key_schema(&mut self, table: &str) -> Result<KeySchema, Failure> {
        let response = self.ask(|encoder| metadata::encode_define_key_schema(encoder, table))?;
        Ok(metadata::decode_key_schema(&mut parse(&response)?).unwrap())
    }

    fn ask(&mut self, encode: impl FnOnce(&mut Encoder<'_>)) -> Result<Vec<u8>, Failure> {
        let mut call = Vec::new();
        encode(&mut Encoder::new(&mut call));
        self.exchange(&call, 1)
    }

    fn exchange(&mut self, call: &[u8], results: u64) -> Result<Vec<u8>, Failure> {
        self.send(call).and_then(|()| self.receive(results)).map_err(Failure::Gone)
    }

    fn look_up(&mut self, lookups: Vec<Lookup>) -> Result<(), Failure> {
        for lookup in lookups {
            match lookup {
                Lookup::KeySchema(table) => {
                    let schema = self.key_schema(&table)?;
                    self.known.schemas.insert(table, Arc::new(schema));
                }
                Lookup::AttributeListId(names) => {
                    let id = self.list_id(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
                    self.known.ids.insert(names, id);
                }
                Lookup::AttributeList(id) => {
                    let names = self.list(id)?;
                    self.known.lists.insert(id, names.into());
                }
            }
        }
        Ok(())
    }
}

impl Metadata for Known {
    fn key_schema(&self, table: &str) -> Option<Arc<KeySchema>> {
        self.schemas.get(table).cloned()
    }

    fn attribute_list_id(&self, names: &[&str]) -> Option<i64> {
        self.ids.get(&names.iter().map(ToString::to_string).collect::<Vec<_>>()).copied()
    }

    fn attribute_list(&self, id: i64) -> Option<Arc<[String]>> {
        self.lists.get(&id).cloned()
    }
}

pub(crate) fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Whether the node closes the connection, whatever it says before.
pub(crate) fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read_to_end(&mut Vec::new()) {
        Ok(_) => true,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

fn parse(response: &[u8]) -> Result<Decoder<'_>, Failure> {
    match Response::parse(response).unwrap() {
        Response::Results(results) => Ok(results),
        Response::Error(error) => Err(Failure::Refused(error.into())),
    }
}
