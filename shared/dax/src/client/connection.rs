//! One connection: what is written to it and read from it, one call at a time.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::Credentials;

use super::Fault;
use super::shared::Shared;
use super::stream::Stream;
use crate::protocol::authorize::{self, Authorization};
use crate::protocol::cbor::{DecodeError, Encoder, Progress};
use crate::protocol::frame::{FrameScanner, MAX_RESPONSE};
use crate::protocol::method::Method;
use crate::protocol::preamble::Preamble;

/// How long an authorization is relied on. The server is assumed to remember it for five minutes; the official clients
/// renew it after 150 or 225 seconds.
const AUTHORIZATION_LASTS: Duration = Duration::from_secs(150);

/// As much of a response is made room for at a time, whatever it claims to be.
const READ_SIZE: usize = 64 << 10;

/// An open connection, in a state in which a call may begin.
pub(super) struct Connection {
    stream: Stream,
    /// To be written before the next call: the preamble, an authorization.
    unsent: Vec<u8>,
    authorized: Option<Authorized>,
    /// When a call last ended; `None`: no call has been made yet.
    idle_since: Option<SystemTime>,
}

struct Authorized {
    access_key_id: String,
    since: SystemTime,
}

/// The connection must not be used any more.
#[derive(Debug)]
pub(super) struct Broken {
    /// Whether the server may have got the call.
    pub(super) sent: bool,
    pub(super) fault: Fault,
}

impl Broken {
    /// Whether the other end has closed it, or is gone.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.fault, Fault::Io(_) | Fault::Closed)
    }
}

impl Connection {
    /// Connects. Nothing is written yet: the preamble goes with the first call.
    pub(super) async fn open(node: SocketAddr, shared: &Shared) -> Result<Self, Fault> {
        let refused = |source| Fault::Connect { node, source };
        let connecting = Stream::connect(node, shared.tls.as_ref());
        let stream = tokio::time::timeout(shared.config.connect_timeout, connecting)
            .await
            .map_err(|_| refused(io::ErrorKind::TimedOut.into()))?
            .map_err(refused)?;
        let mut unsent = Vec::with_capacity(64);
        Preamble::new(&shared.session, &shared.config.user_agent).encode(&mut Encoder::new(&mut unsent));
        Ok(Self { stream, unsent, authorized: None, idle_since: None })
    }

    /// Whether it has served a call before: then it may be closed at the other end without us knowing.
    pub(super) fn was_used(&self) -> bool {
        self.idle_since.is_some()
    }

    /// Whether it has been idle for longer than that, by wall clock, which goes on while the process is frozen. So is it if the clock
    /// was set back.
    pub(super) fn is_too_old(&self, now: SystemTime, idle_timeout: Duration) -> bool {
        let is_young = |since| now.duration_since(since).is_ok_and(|idle| idle < idle_timeout);
        self.idle_since.is_some_and(|since| !is_young(since))
    }

    /// Whether the server has said nothing unasked, such as that it closes the connection.
    pub(super) fn is_quiet(&self) -> bool {
        self.stream.is_quiet()
    }

    /// Proves who the client is together with the next call, if that is due: it has not been done yet, a while ago, with
    /// another key, or the server has asked for it.
    pub(super) fn authorize(
        &mut self,
        credentials: &Credentials,
        shared: &Shared,
        now: SystemTime,
    ) -> Result<(), Fault> {
        let key = credentials.access_key_id();
        let is_valid = |authorized: &Authorized| {
            authorized.access_key_id == key
                && now.duration_since(authorized.since).is_ok_and(|age| age < AUTHORIZATION_LASTS)
        };
        if self.authorized.as_ref().is_some_and(is_valid) {
            return Ok(());
        }
        let credentials = authorize::Credentials {
            access_key_id: key,
            secret_access_key: credentials.secret_access_key(),
            session_token: credentials.session_token(),
        };
        let authorization = Authorization::sign(credentials, &shared.config.region, now)
            .map_err(|error| Fault::Credentials(error.into()))?;
        authorization.encode(&shared.config.user_agent, &mut Encoder::new(&mut self.unsent));
        self.authorized = Some(Authorized { access_key_id: key.to_owned(), since: now });
        Ok(())
    }

    /// The server wants to be shown again who the client is.
    pub(super) fn must_authorize(&mut self) {
        self.authorized = None;
    }

    /// Makes a call and waits for its response. If the future is dropped before it is ready, or ends in an error, the
    /// connection is in an unknown state and must go.
    pub(super) async fn call(&mut self, method: Method, call: &[u8]) -> Result<Vec<u8>, Broken> {
        if self.unsent.is_empty() {
            self.write(call).await?;
        } else {
            let mut bytes = std::mem::take(&mut self.unsent);
            bytes.extend_from_slice(call);
            self.write(&bytes).await?;
        }
        self.read_response(method.results().unwrap_or_default())
            .await
            .map_err(|fault| Broken { sent: true, fault })
    }

    /// A call has ended, and the connection is as good as before.
    pub(super) fn rest(&mut self, now: SystemTime) {
        self.idle_since = Some(now);
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let broken = |(sent, error)| Broken { sent, fault: Fault::Io(error) };
        self.stream.write_all(bytes).await.map_err(broken)
    }

    async fn read_response(&mut self, results: u64) -> Result<Vec<u8>, Fault> {
        let mut scanner = FrameScanner::new(results, MAX_RESPONSE);
        let mut response = Vec::with_capacity(512);
        loop {
            if self.stream.read(&mut response).await.map_err(Fault::Io)? == 0 {
                return Err(Fault::Closed);
            }
            match scanner.advance(&response).map_err(Fault::Malformed)? {
                Progress::Complete { length } if length == response.len() => return Ok(response),
                Progress::Complete { .. } => {
                    return Err(Fault::Malformed(DecodeError::Malformed("bytes after the response")));
                }
                Progress::Incomplete { missing } => response.reserve(missing.clamp(1, READ_SIZE)),
            }
        }
    }
}
