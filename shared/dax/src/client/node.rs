//! One node of the cluster: its connections and what it has told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::Credentials;
use tokio::sync::Mutex as AsyncMutex;

use super::connection::Broken;
use super::metadata::{Known, NodeMetadata};
use super::pool::{Lease, Pool};
use super::shared::Shared;
use super::{Fault, lock};
use crate::protocol::cbor::{DecodeError, Decoder, Encoder};
use crate::protocol::error::{ErrorKind, ServiceError};
use crate::protocol::frame::Response;
use crate::protocol::lookup::{Lookup, Metadata as _};
use crate::protocol::metadata::{self, Endpoint};
use crate::protocol::method::Method;

/// For how long a node that failed is avoided where another one will do.
const SUSPECT_FOR: Duration = Duration::from_secs(1);

pub(super) struct Node {
    pub(super) address: SocketAddr,
    pub(super) metadata: NodeMetadata,
    shared: Arc<Shared>,
    pool: Pool,
    /// Held while something is looked up, so that many calls that lack the same ask once.
    looking_up: AsyncMutex<()>,
    failed: Mutex<Option<SystemTime>>,
}

/// A response with results.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Vec<u8>,
    /// The numbers of lists in it are those of this epoch.
    pub(super) epoch: u64,
}

impl Answer {
    /// What comes after the status; a failure if that is an error.
    pub(super) fn results(&self) -> Result<Decoder<'_>, Failure> {
        match Response::parse(&self.response).map_err(malformed)? {
            Response::Results(results) => Ok(results),
            Response::Error(error) => Err(Failure::Service(Box::new(error))),
        }
    }
}

/// Why a node gave no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// No answer.
    Broken(Broken),
    /// It refuses.
    Service(Box<ServiceError>),
    /// What the call was written with is not valid any more: write it again.
    Outdated,
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<Fault> for Failure {
    /// A fault before anything was sent.
    fn from(fault: Fault) -> Self {
        Self::Broken(Broken { sent: false, fault })
    }
}

impl Node {
    pub(super) fn new(address: SocketAddr, shared: Arc<Shared>) -> Self {
        Self {
            address,
            metadata: NodeMetadata::new(),
            pool: Pool::new(address, shared.config.max_connections),
            shared,
            looking_up: AsyncMutex::default(),
            failed: Mutex::default(),
        }
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known { node: &self.metadata, shared: &self.shared }
    }

    /// Makes a call: the response with results and the epoch that it belongs to, else a failure. What was `written` with lists of an
    /// epoch is not sent in another one.
    ///
    /// A connection that was used before may turn out to be closed. Then the call is made once more on a new one, if it
    /// cannot have been done.
    pub(super) async fn call(
        &self,
        method: Method,
        call: &[u8],
        written: Option<u64>,
    ) -> Result<Answer, Failure> {
        let credentials = self.shared.credentials.get(self.shared.now()).await?;
        let mut lease = self.lease(false).await?;
        let was_used = lease.connection().was_used();
        match self.call_on(lease, &credentials, method, call, written).await {
            Err(Failure::Broken(broken))
                if was_used && broken.is_closed() && (method.is_read() || !broken.sent) =>
            {
                tracing::debug!(node = %self.address, "a connection to DAX was closed while idle");
                self.call_on(self.lease(true).await?, &credentials, method, call, written).await
            }
            outcome => outcome,
        }
    }

    /// Asks for what is not known yet; the numbers of lists are those of that epoch.
    pub(super) async fn look_up(&self, lookups: Vec<Lookup>, epoch: u64) -> Result<(), Failure> {
        let _looking_up = self.looking_up.lock().await;
        for lookup in lookups {
            if !self.is_known(&lookup) {
                self.ask(lookup, epoch).await?;
            }
        }
        Ok(())
    }

    /// Asks for the nodes of the cluster.
    pub(super) async fn endpoints(&self) -> Result<Vec<Endpoint>, Failure> {
        let decode = metadata::decode_endpoints;
        Ok(self.ask_for(Method::Endpoints, metadata::encode_endpoints, decode, None).await?.0)
    }

    /// A response made no sense: who knows what comes next on these connections.
    pub(super) fn close_idle(&self) {
        self.pool.clear();
    }

    /// It did not answer: others are better for a while.
    pub(super) fn suspect(&self, now: SystemTime) {
        *lock(&self.failed) = Some(now);
    }

    /// When it failed, if that was just now. `None` is less than any time: the least is the best node.
    pub(super) fn suspected_since(&self, now: SystemTime) -> Option<SystemTime> {
        let failed = *lock(&self.failed);
        failed.filter(|failed| now.duration_since(*failed).is_ok_and(|passed| passed < SUSPECT_FOR))
    }

    async fn lease(&self, fresh: bool) -> Result<Lease<'_>, Fault> {
        self.pool.lease(fresh, &self.metadata, &self.shared).await
    }

    async fn call_on(
        &self,
        mut lease: Lease<'_>,
        credentials: &Credentials,
        method: Method,
        call: &[u8],
        written: Option<u64>,
    ) -> Result<Answer, Failure> {
        let epoch = self.metadata.epoch();
        if written.is_some_and(|written| written != epoch) {
            lease.give_back();
            return Err(Failure::Outdated);
        }
        lease.connection().authorize(credentials, &self.shared, self.shared.now())?;
        let called = lease.connection().call(method, call).await;
        let response = called.inspect_err(|_| self.pool.lost(&self.metadata))?;
        let answer = Answer { response, epoch };
        let error = match answer.results() {
            Ok(_) => None,
            Err(Failure::Service(error)) => Some(error),
            Err(failure) => return Err(failure),
        };
        if error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Authentication) {
            lease.connection().must_authorize();
            self.shared.credentials.distrust();
        }
        lease.connection().rest(self.shared.now());
        lease.give_back();
        error.map_or(Ok(answer), |error| Err(Failure::Service(error)))
    }

    fn is_known(&self, lookup: &Lookup) -> bool {
        let known = self.known();
        match lookup {
            Lookup::KeySchema(table) => known.key_schema(table).is_some(),
            Lookup::AttributeListId(names) => {
                known.attribute_list_id(&names.iter().map(String::as_str).collect::<Vec<_>>()).is_some()
            }
            Lookup::AttributeList(id) => known.attribute_list(*id).is_some(),
        }
    }

    async fn ask(&self, lookup: Lookup, epoch: u64) -> Result<(), Failure> {
        match lookup {
            Lookup::KeySchema(table) => {
                let encode = |encoder: &mut Encoder<'_>| metadata::encode_define_key_schema(encoder, &table);
                let (schema, _) =
                    self.ask_for(Method::DefineKeySchema, encode, metadata::decode_key_schema, None).await?;
                self.metadata.learn_key_schema(table, schema, self.shared.now());
            }
            Lookup::AttributeListId(names) => {
                let encode = |encoder: &mut Encoder<'_>| {
                    metadata::encode_define_attribute_list_id(encoder, names.iter().map(String::as_str));
                };
                let decode = metadata::decode_attribute_list_id;
                let (id, epoch) = self.ask_for(Method::DefineAttributeListId, encode, decode, None).await?;
                self.metadata.learn_list(id, names, epoch);
            }
            Lookup::AttributeList(id) => {
                let encode = |encoder: &mut Encoder<'_>| metadata::encode_define_attribute_list(encoder, id);
                let decode = metadata::decode_attribute_list;
                let (names, epoch) =
                    self.ask_for(Method::DefineAttributeList, encode, decode, Some(epoch)).await?;
                self.metadata.learn_list(id, names, epoch);
            }
        }
        Ok(())
    }

    async fn ask_for<T>(
        &self,
        method: Method,
        encode: impl FnOnce(&mut Encoder<'_>),
        decode: impl FnOnce(&mut Decoder<'_>) -> Result<T, DecodeError>,
        written: Option<u64>,
    ) -> Result<(T, u64), Failure> {
        let mut call = Vec::with_capacity(32);
        encode(&mut Encoder::new(&mut call));
        let answer = self.call(method, &call, written).await?;
        let value = decode(&mut answer.results()?).map_err(malformed)?;
        Ok((value, answer.epoch))
    }
}

pub(super) fn malformed(error: DecodeError) -> Broken {
    Broken { sent: true, fault: Fault::Malformed(error) }
}
