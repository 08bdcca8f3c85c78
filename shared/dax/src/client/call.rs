//! One call of an operation: where to, how often, and until when.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::CancellationReason;
use tokio::time::{Instant, timeout_at};

use super::cluster::Cluster;
use super::connection::Broken;
use super::fault::{Fault, response};
use super::node::{Answer, Failure, Node, malformed};
use super::retry::{Attempts, Next};
use super::shared::Shared;
use crate::protocol::error::{ErrorKind, OperationError as _, Retry, ServiceError};
use crate::protocol::operation::Operation;
use crate::protocol::request::RequestError;
use crate::protocol::response::ResponseError;

/// A call and a response name a handful of tables and lists. Rounds of looking them up, or of writing the call again because the
/// node was lost meanwhile, beyond this do not come to an end.
const MAX_ROUNDS: usize = 8;

/// Why a transaction was cancelled, item by item.
type Reasons = Option<Vec<CancellationReason>>;

/// How a call ended that did not succeed.
#[derive(Debug)]
pub(super) enum CallError {
    /// The server refused, or the request cannot be made.
    Service(Box<ServiceError>, Reasons),
    /// There was no answer.
    Fault(Fault),
}

/// What the call is, and when it must be over.
pub(super) struct Call<'c, O> {
    pub(super) input: &'c O,
    pub(super) shared: &'c Shared,
    pub(super) cluster: &'c Cluster,
    /// Whether it may be made twice without doing anything twice.
    pub(super) is_repeatable: bool,
    pub(super) deadline: Instant,
    /// The time until the deadline, as it was at the beginning.
    pub(super) budget: Duration,
}

impl<O: Operation> Call<'_, O> {
    pub(super) async fn run(&self) -> Result<O::Output, CallError> {
        let is_read = O::METHOD.is_read();
        let mut attempts = Attempts::new(self.shared.config.max_retries);
        loop {
            let late = |_| CallError::Fault(Fault::Timeout(self.budget));
            let routing = timeout_at(self.deadline, self.cluster.node_for(is_read, &attempts.tried));
            let node = routing.await.map_err(late)?.map_err(CallError::Fault)?;
            let (error, next) = match timeout_at(self.attempt_deadline(is_read), self.attempt(&node)).await {
                Ok(Ok(output)) => return Ok(output),
                Ok(Err((failure, reasons))) => self.after(failure, reasons, &node),
                Err(_) => {
                    self.cluster.failed(&node);
                    let next = if self.is_repeatable { Next::FailOver { sent: true } } else { Next::GiveUp };
                    (CallError::Fault(Fault::Timeout(self.budget)), next)
                }
            };
            let others = |tried: &[SocketAddr]| self.cluster.has_more_than(tried);
            let Some(pause) = attempts.pause_before(next, node.address, others) else { return Err(error) };
            // Sleeping until it is too late would help nobody.
            if Instant::now() + pause >= self.deadline {
                return Err(error);
            }
            tracing::debug!(method = ?O::METHOD, ?error, ?pause, "a call of DAX is made again");
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// A read leaves some time for another node.
    fn attempt_deadline(&self, is_read: bool) -> Instant {
        if is_read {
            self.deadline.min(Instant::now() + self.shared.config.attempt_timeout)
        } else {
            self.deadline
        }
    }

    async fn attempt(&self, node: &Node) -> Result<O::Output, (Failure, Reasons)> {
        let mut relearnt = false;
        for _ in 0..MAX_ROUNDS {
            let (call, plan, epoch) = self.written(node).await.map_err(without_reasons)?;
            match node.call(O::METHOD, &call, Some(epoch)).await {
                Ok(answer) => return self.read(node, &plan, &answer).await.map_err(without_reasons),
                Err(Failure::Outdated) => {}
                Err(Failure::Service(error)) if !relearnt && is_about_lists(&error) => {
                    relearnt = true;
                    node.metadata.forget_lists();
                }
                Err(Failure::Service(error)) => return Err(self.refused(node, &plan, error).await),
                Err(failure) => return Err((failure, None)),
            }
        }
        // The node takes connections and closes them again.
        Err((Broken { sent: false, fault: Fault::Closed }.into(), None))
    }

    /// The bytes of the call, once everything is known that they need.
    async fn written(&self, node: &Node) -> Result<(Vec<u8>, O::Plan, u64), Failure> {
        for _ in 0..MAX_ROUNDS {
            let epoch = node.metadata.epoch();
            match self.input.encode(&node.known()) {
                Ok((call, plan)) => return Ok((call, plan, epoch)),
                Err(RequestError::Lookups(lookups)) => match node.look_up(lookups, epoch).await {
                    Ok(()) | Err(Failure::Outdated) => {}
                    Err(failure) => return Err(not_done(failure)),
                },
                Err(error) => return Err(Failure::Service(Box::new(error.to_service_error()))),
            }
        }
        Err(endless("keys and attribute lists").into())
    }

    /// The output, once everything is known that the response refers to.
    async fn read(&self, node: &Node, plan: &O::Plan, answer: &Answer) -> Result<O::Output, Failure> {
        let mut relearnt = false;
        for _ in 0..MAX_ROUNDS {
            match self.input.decode(plan, answer.results()?, &node.known()) {
                Ok(output) => return Ok(output),
                Err(ResponseError::Lookups(lookups)) => {
                    node.look_up(lookups, answer.epoch).await.map_err(done)?;
                }
                Err(ResponseError::StaleList { .. }) if !relearnt => {
                    relearnt = true;
                    node.metadata.forget_list_names();
                }
                Err(ResponseError::StaleList { source, .. } | ResponseError::Malformed(source)) => {
                    node.close_idle();
                    return Err(malformed(source).into());
                }
            }
        }
        Err(endless("attribute lists").into())
    }

    /// A refusal, with the reasons of a cancelled transaction, whose items refer to lists.
    async fn refused(&self, node: &Node, plan: &O::Plan, error: Box<ServiceError>) -> (Failure, Reasons) {
        if error.kind() == ErrorKind::ResourceNotFound {
            node.metadata.forget_key_schemas();
        }
        // The error matters more than the items in it.
        let reasons = self.reasons(node, plan, &error).await;
        (Failure::Service(error), reasons)
    }

    async fn reasons(&self, node: &Node, plan: &O::Plan, error: &ServiceError) -> Reasons {
        let epoch = node.metadata.epoch();
        for _ in 0..MAX_ROUNDS {
            match self.input.cancellation_reasons(plan, error, &node.known()) {
                Ok(reasons) => return Some(reasons),
                Err(ResponseError::Lookups(lookups)) => node.look_up(lookups, epoch).await.ok()?,
                Err(_) => return None,
            }
        }
        None
    }

    fn after(&self, failure: Failure, reasons: Reasons, node: &Node) -> (CallError, Next) {
        match failure {
            Failure::Service(error) => {
                let next = match error.retry(O::METHOD.is_read()) {
                    Retry::Never => Next::GiveUp,
                    Retry::AfterAuthorization => Next::Authorize,
                    Retry::AfterBackoff => Next::Pause,
                    Retry::AfterRefresh => {
                        self.cluster.doubt();
                        Next::Pause
                    }
                };
                (CallError::Service(error, reasons), next)
            }
            Failure::Broken(Broken { sent, fault }) => {
                let next = match fault {
                    Fault::Credentials(_) | Fault::Endless(_) => Next::GiveUp,
                    _ if !sent || self.is_repeatable => Next::FailOver { sent },
                    _ => Next::GiveUp,
                };
                if !matches!(fault, Fault::Credentials(_)) {
                    self.cluster.failed(node);
                }
                (CallError::Fault(fault), next)
            }
            Failure::Outdated => (CallError::Fault(endless("connections").fault), Next::GiveUp),
        }
    }
}

impl CallError {
    /// Whether the cluster, not the request, is to blame.
    pub(super) fn is_clusters_fault(&self) -> bool {
        match self {
            Self::Fault(Fault::Credentials(_)) => false,
            Self::Fault(_) => true,
            Self::Service(error, _) => error.status() >= 500 || error.kind() == ErrorKind::Authentication,
        }
    }

    pub(super) fn into_sdk_error<O: Operation>(self) -> SdkError<O::Error> {
        match self {
            Self::Service(error, reasons) => {
                SdkError::service_error(O::Error::from_service(&error, reasons), response(error.status()))
            }
            Self::Fault(fault) => fault.into_sdk_error(),
        }
    }
}

fn without_reasons(failure: Failure) -> (Failure, Reasons) {
    (failure, None)
}

fn endless(what: &'static str) -> Broken {
    Broken { sent: true, fault: Fault::Endless(what) }
}

/// A lookup that fails before the call was made.
fn not_done(failure: Failure) -> Failure {
    match failure {
        Failure::Broken(Broken { fault, .. }) => Failure::Broken(Broken { sent: false, fault }),
        Failure::Service(_) | Failure::Outdated => failure,
    }
}

/// A lookup that fails after the call was made: it must not look as if the call had failed.
fn done(failure: Failure) -> Failure {
    let fault = match failure {
        Failure::Broken(Broken { fault, .. }) => fault,
        Failure::Service(error) => Fault::Lookup(error),
        Failure::Outdated => Fault::Closed,
    };
    Failure::Broken(Broken { sent: true, fault })
}

/// The server does not know a list that the call refers to. There is no code for that: nothing was done.
fn is_about_lists(error: &ServiceError) -> bool {
    error.kind() == ErrorKind::Validation && error.message.to_ascii_lowercase().contains("attribute list")
}
