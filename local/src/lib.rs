//! Every function on one local port, over an embedded DynamoDB: what a developer runs instead of AWS. Never deployed.
//!
//! The handlers, the store and the edge are those of the Lambda binaries; this crate stands in for what AWS puts around
//! them: the gateway with its throttle, the tables, the cache in front of those, and the stream and the bus that tell of changes.

mod bus;
mod config;
mod error;
mod flags;
mod functions;
mod gateway;
mod issuer;
mod limits;
mod report;
mod stream;
mod throttle;

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use dax_local::Cluster;
use pennon_domain::SystemClock;
use pennon_dynamodb_local::{EmbeddedDynamoDb, Storage};
use pennon_store::{Dax, DaxConfig, Deadlines, Store};
use pennon_template::Template;
use tokio::net::TcpListener;

pub use crate::{
    bus::LocalBus,
    config::Options,
    error::StartError,
    flags::{DEMO, SDK_KEY},
    functions::{Function, functions},
    gateway::Gateway,
    issuer::LocalIssuer,
    stream::{BATCH_SIZE, EventSource, MAXIMUM_RETRY_ATTEMPTS},
};
use crate::{
    flags::FlagSource,
    issuer::Identity,
    report::{Connection, Report},
    stream::Delivery,
};

/// The deadlines of the functions are for a network. Here the tables share the processor with whatever else a developer runs.
const PATIENT: Deadlines = Deadlines { attempt: Duration::from_secs(5), operation: Duration::from_secs(15) };
/// Likewise.
const DAX_DEADLINE: Duration = Duration::from_secs(1);
/// The file in the data directory that holds the tables.
const DATABASE: &str = "dynamodb.sqlite";

/// Starts everything, says where it is, and serves until the process is told to stop.
///
/// # Errors
/// When something asked for cannot be had: a port, a directory, a readable flag file.
pub async fn run(options: Options) -> Result<(), StartError> {
    // In this order, so that what is wrong with the request is said before anything is made.
    let template = Template::ours()?.with_parameters(options.parameters.split_whitespace())?;
    let source = FlagSource::open(options.flags())?;
    let listener = listen(options.port).await?;
    let dynamodb = EmbeddedDynamoDb::start(storage(&options)?, options.dynamodb_port)?;
    let cluster = options.dax.then(|| start_dax(&dynamodb, options.dax_port)).transpose()?;
    let store = open_store(&dynamodb, cluster.as_ref()).await?;
    let published = source.publish_to(&store, options.bucketing).await?;
    let identity = Identity::new(&options).await?;
    let delivery = Delivery::start(&dynamodb, listen(options.events_port).await?, options.data_dir())?;
    let mut gateway = Gateway::new(&store, identity.authenticator);
    if !options.unlimited {
        gateway = gateway.limited(&template, options.client_keys.split_whitespace())?;
    }
    let connection = Connection {
        url: format!("http://{}", listener.local_addr()?),
        dynamodb_url: dynamodb.endpoint(),
        dax_url: cluster.as_ref().map(Cluster::url),
        events_url: delivery.bus_url(),
        admin_token: identity.admin_token,
    };
    let report = Report::new(&connection, &source, &published)?;
    report.print();

    let watching = source.watch(store, options.bucketing);
    tokio::select! {
        () = gateway.serve(listener, stop_signal()) => {}
        () = watching => {}
        () = delivery.run() => {}
    }
    report.remove();
    drop((cluster, dynamodb));
    Ok(())
}

async fn listen(port: u16) -> Result<TcpListener, StartError> {
    let refused = |source| StartError::Listen { port, source };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(refused)
}

fn storage(options: &Options) -> Result<Storage, StartError> {
    let Some(directory) = options.data_dir() else { return Ok(Storage::Memory) };
    let refused = |source| StartError::Directory { path: directory.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(refused)?;
    Ok(Storage::File(directory.join(DATABASE)))
}

fn start_dax(dynamodb: &EmbeddedDynamoDb, port: u16) -> Result<Cluster, dax_local::Error> {
    Cluster::start(dax_local::Options { dynamodb: dynamodb.endpoint(), port, ..Default::default() })
}

async fn open_store(dynamodb: &EmbeddedDynamoDb, cluster: Option<&Cluster>) -> Result<Store, StartError> {
    let dax = cluster.map(|cluster| DaxConfig { deadline: DAX_DEADLINE, ..DaxConfig::at(cluster.url()) });
    let config = pennon_store::Config { point: PATIENT, transfer: PATIENT, dax, ..Default::default() };
    let dax = Dax::open(&config, pennon_dynamodb_local::REGION, pennon_dynamodb_local::credentials())?;
    let store = Store::with_dax(dynamodb.client(), dax, config, Arc::new(SystemClock));
    store.create_tables().await?;
    Ok(store)
}

/// Ready when the process is told to stop: Ctrl-C, or the signal that supervisors send.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        drop(interrupt.await);
        return;
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
