//! One connection of a client: a preamble, and calls one after another.

mod reply;

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use dax_client::protocol::cbor::{DecodeError, Decoder, Progress, Scanner, Type};
use dax_client::protocol::error::ErrorKind;
use dax_client::protocol::preamble::{self, Preamble};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::faults::FaultKind;
use crate::node::{Busy, NodeState};
use crate::server::Server;
use crate::service;
use crate::sync::lock;
use crate::wire::{Authorize, Call, CallScanner, read_call, refusal};
use reply::encoded;

/// The longest preamble that is accepted, in bytes.
const MAX_PREAMBLE: usize = 4 << 10;
/// The longest call that is accepted, in bytes. The largest batches of DynamoDB are 16 MB.
const MAX_CALL: usize = 32 << 20;
/// How much is read at once, in bytes.
const READ: usize = 16 << 10;

/// Serves a connection until either side has had enough.
pub(crate) async fn serve(server: Arc<Server>, node: Arc<NodeState>, stream: TcpStream, busy: Busy) {
    busy.set(true);
    let ended = async {
        stream.set_nodelay(true)?;
        match server.tls() {
            Some(tls) => {
                let stream = tls.acceptor.clone().accept(stream).await?;
                Connection::new(Arc::clone(&server), node, stream, busy).run().await
            }
            None => Connection::new(Arc::clone(&server), node, stream, busy).run().await,
        }
    };
    if let Err(error) = ended.await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// Why a connection cannot go on.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the client does not speak the protocol: {0}")]
    Protocol(#[from] DecodeError),
    #[error("a fault closes it")]
    Fault,
}

struct Connection<S> {
    server: Arc<Server>,
    node: Arc<NodeState>,
    stream: S,
    /// What has arrived and was not looked at yet: clients may send a call before the last one is answered.
    buffer: BytesMut,
    busy: Busy,
    authorization: Authorization,
}

#[derive(Debug, Clone, Copy)]
enum Authorization {
    None,
    Until(Instant),
    Forever,
}

impl Authorization {
    fn is_good(self) -> bool {
        match self {
            Self::None => false,
            Self::Until(end) => Instant::now() < end,
            Self::Forever => true,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn new(server: Arc<Server>, node: Arc<NodeState>, stream: S, busy: Busy) -> Self {
        let is_required = server.verifier().is_required();
        let authorization = if is_required { Authorization::None } else { Authorization::Forever };
        Self { server, node, stream, buffer: BytesMut::new(), busy, authorization }
    }

    async fn run(mut self) -> Result<(), Broken> {
        let mut scanner = Scanner::new(preamble::VALUES, MAX_PREAMBLE);
        let advance = |bytes: &[u8]| {
            check_first_byte(bytes)?;
            scanner.advance(bytes)
        };
        let Some(preamble) = self.read(advance).await? else {
            return Ok(());
        };
        let preamble = Preamble::decode(&mut Decoder::new(&preamble))?;
        tracing::debug!(user_agent = %preamble.user_agent, "a connection begins");
        loop {
            let mut scanner = CallScanner::new(MAX_CALL);
            let Some(call) = self.read(|bytes| scanner.advance(bytes)).await? else {
                return Ok(());
            };
            self.answer(read_call(&call)?).await?;
        }
    }

    /// Reads on until something is complete. `None` if the client goes before that.
    async fn read(
        &mut self,
        mut advance: impl FnMut(&[u8]) -> Result<Progress, DecodeError>,
    ) -> Result<Option<Bytes>, Broken> {
        loop {
            if let Progress::Complete { length } = advance(&self.buffer)? {
                self.busy.set(true);
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            self.busy.set(!self.buffer.is_empty());
            self.buffer.reserve(READ);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    async fn answer(&mut self, call: Call) -> Result<(), Broken> {
        let method = call.method();
        self.node.count().count_call(method);
        if !matches!(call, Call::Authorize(_)) && !self.authorization.is_good() {
            return self.write(&unauthorized()).await;
        }
        let fault = lock(&self.node.faults).take(method);
        let response = match &fault {
            Some(FaultKind::CloseBeforeDone) => return Err(Broken::Fault),
            Some(FaultKind::BlackHole) => return self.swallow().await,
            Some(FaultKind::Error(error)) => encoded(error),
            Some(FaultKind::Raw(bytes)) => bytes.clone(),
            Some(FaultKind::Unauthorized) => {
                self.authorization = Authorization::None;
                unauthorized()
            }
            Some(FaultKind::Delay(delay)) => {
                tokio::time::sleep(*delay).await;
                self.perform(call, 0).await
            }
            Some(FaultKind::Unprocessed(count)) => self.perform(call, *count).await,
            _ => self.perform(call, 0).await,
        };
        self.reply(response, fault).await
    }

    /// Does what is asked, and gives the bytes of the response. Authorization has none.
    async fn perform(&mut self, call: Call, unprocessed: usize) -> Vec<u8> {
        match call {
            Call::Authorize(claim) => {
                self.authorize(&claim);
                Vec::new()
            }
            call => service::perform(&self.server, &self.node, call, unprocessed).await,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "clients sign the time of day, and tests sign other times")]
    fn authorize(&mut self, claim: &Authorize) {
        let verifier = self.server.verifier();
        let outcome = verifier.verify(claim, SystemTime::now());
        let end = Instant::now().checked_add(self.server.authorization_ttl());
        self.authorization = match (outcome, end) {
            (Ok(()), Some(end)) if verifier.is_required() => Authorization::Until(end),
            (Ok(()), _) => Authorization::Forever,
            (Err(_), _) => Authorization::None,
        };
        let mut counters = self.node.count();
        match outcome {
            Ok(()) => counters.authorizations += 1,
            Err(reason) => {
                counters.authorizations_refused += 1;
                tracing::debug!(%reason, access_key_id = claim.access_key_id, "a connection is not authorized");
            }
        }
    }
}

/// Another protocol may look like a preamble that is not complete yet, for ever. Ours begins with a text.
fn check_first_byte(bytes: &[u8]) -> Result<(), DecodeError> {
    match Decoder::new(bytes).peek() {
        Ok(Type::Text) | Err(DecodeError::Incomplete) => Ok(()),
        Ok(_) => Err(DecodeError::Malformed("the beginning of the connection")),
        Err(error) => Err(error),
    }
}

fn unauthorized() -> Vec<u8> {
    encoded(&refusal(ErrorKind::Authentication, "Connection requires authentication"))
}
