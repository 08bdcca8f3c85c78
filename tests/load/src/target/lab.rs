//! The release binaries of the functions behind a gateway, over a DynamoDB, a DAX cluster and an issuer of tokens that can all be
//! taken away.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use dax_local::Cluster;
use lambda_harness::{
    Deployment, Function, Gateway, GatewayError, Output, ProcessState, State, release_binaries,
};
use pennon_domain::SystemClock;
use pennon_store::{Config, Deadlines, Store};
use pennon_template::TemplateError;
use pennon_test_support::{EmbeddedDynamoDb, FaultProxy, Storage, TcpProxy};

use super::TargetError;
use crate::issuer::{AUDIENCE, Issuer};

/// How many nodes the DAX cluster has.
pub const DAX_NODES: usize = 3;

/// How the functions are to run.
#[derive(Clone, Copy, Debug)]
pub struct LabOptions {
    /// How many processes a function has at most.
    pub concurrency: usize,
    /// `MAX_STALE_SECONDS`.
    pub max_stale: Duration,
}

/// The deadlines of the functions: longer than those that are deployed, as here everything shares the processor, and together still
/// shorter than an invocation of an evaluation may take.
pub fn deadlines() -> Config {
    let millis = Duration::from_millis;
    Config {
        point: Deadlines { attempt: millis(800), operation: millis(1_500) },
        transfer: Deadlines { attempt: millis(1_500), operation: millis(3_000) },
        ..Config::default()
    }
}

/// Everything that the functions depend on, and the functions. All of it ends when it is dropped.
#[derive(Debug)]
pub struct Lab {
    /// The gateway and the processes. First, so that they end before what they depend on.
    pub gateway: Gateway,
    /// Between the functions and DynamoDB, below HTTP.
    pub dynamodb_link: TcpProxy,
    /// Behind it, with the errors that DynamoDB itself has.
    pub dynamodb_errors: FaultProxy,
    /// The DAX cluster. It reads DynamoDB around both.
    pub dax: Cluster,
    /// Between the authorizer and the issuer.
    pub issuer_link: TcpProxy,
    /// The issuer.
    pub issuer: Issuer,
    _dynamodb: EmbeddedDynamoDb,
}

/// What keeps the lab from working.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A port or a file.
    #[error("the lab cannot be set up")]
    Io(#[from] io::Error),
    /// DynamoDB.
    #[error("DynamoDB cannot be started")]
    DynamoDb(#[from] pennon_test_support::Error),
    /// The tables.
    #[error("the tables cannot be made")]
    Tables(#[from] pennon_domain::StoreError),
    /// DAX.
    #[error("DAX cannot be started")]
    Dax(#[from] dax_local::Error),
    /// The template.
    #[error("the template cannot be read")]
    Template(#[from] TemplateError),
    /// The gateway.
    #[error("the gateway cannot be started")]
    Gateway(#[from] GatewayError),
}

impl Lab {
    /// Starts all of it on free ports of the loopback interface. The functions are those beside this program.
    ///
    /// # Errors
    /// When something cannot be started.
    pub async fn start(options: LabOptions) -> Result<Self, LabError> {
        let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0)?;
        let dynamodb_errors = FaultProxy::start(dynamodb.address()).await?;
        let dynamodb_link = TcpProxy::start(address(&dynamodb_errors.endpoint())?).await?;
        let cluster =
            dax_local::Options { dynamodb: dynamodb.endpoint(), nodes: DAX_NODES, ..Default::default() };
        let dax = Cluster::start(cluster)?;
        let issuer = Issuer::start().await?;
        let issuer_link = TcpProxy::start(issuer.address()).await?;
        issuer.is_reached_at(url(issuer_link.address()));

        let config = deadlines();
        let client = pennon_test_support::client(&dynamodb.endpoint());
        Store::new(client, config.clone(), Arc::new(SystemClock)).create_tables().await?;
        let deployment = Deployment::ours(release_binaries()?)?
            .variable("AWS_ENDPOINT_URL_DYNAMODB", url(dynamodb_link.address()))
            .variable("CORE_TABLE", config.core_table)
            .variable("AUDIT_TABLE", config.audit_table)
            .variable("OPS_TABLE", config.ops_table)
            .variable("DAX_ENDPOINT", dax.url())
            .variable("DYNAMODB_ATTEMPT_TIMEOUT_MS", config.point.attempt.as_millis().to_string())
            .variable("DYNAMODB_OPERATION_TIMEOUT_MS", config.point.operation.as_millis().to_string())
            .variable("DYNAMODB_TRANSFER_ATTEMPT_TIMEOUT_MS", config.transfer.attempt.as_millis().to_string())
            .variable(
                "DYNAMODB_TRANSFER_OPERATION_TIMEOUT_MS",
                config.transfer.operation.as_millis().to_string(),
            )
            .variable("MAX_STALE_SECONDS", options.max_stale.as_secs().to_string())
            .variable("OIDC_ISSUER", url(issuer_link.address()))
            .variable("OIDC_AUDIENCE", AUDIENCE)
            .variable("JWKS_URI", "")
            .variable("METRICS", "off");
        let deployment =
            Deployment { concurrency: options.concurrency, output: Output::Collect, ..deployment };
        let gateway = Gateway::start(deployment).await?;
        Ok(Self { gateway, dynamodb_link, dynamodb_errors, dax, issuer_link, issuer, _dynamodb: dynamodb })
    }

    /// Where the gateway serves, for example `127.0.0.1:40123`.
    pub fn authority(&self) -> String {
        self.gateway.url().trim_start_matches("http://").to_owned()
    }

    /// What the functions printed last, of the most one function may have.
    pub fn logs(&self) -> String {
        let logs =
            self.gateway.functions().map(|function| format!("== {}\n{}", function.name(), function.logs()));
        logs.collect()
    }

    /// The processes of that function; none if there is no such function.
    pub fn processes_of(&self, function: &str) -> Vec<ProcessState> {
        self.gateway.function(function).map(Function::processes).unwrap_or_default()
    }

    /// Whether a process of that function is in the middle of something.
    pub fn is_busy(&self, function: &str) -> bool {
        self.processes_of(function).iter().any(|process| process.state == State::Busy)
    }

    /// All processes of all functions.
    pub fn processes(&self) -> Vec<u32> {
        let processes = self.gateway.functions().flat_map(Function::processes);
        processes.map(|process| process.pid).collect()
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn address(url: &str) -> io::Result<SocketAddr> {
    url.trim_start_matches("http://").parse().map_err(io::Error::other)
}

impl From<LabError> for TargetError {
    fn from(error: LabError) -> Self {
        Self::Lab(Box::new(error))
    }
}
