//! Invokes a release binary with an event of `events/`, over the demo environment, and prints Lambda's REPORT lines.
//!
//! `make report F=evaluate-flag E=targeted-rest [N=10]`
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::{collections::BTreeMap, env, error::Error, sync::Arc, time::Duration};

use lambda_harness::{Failure, Function, Output, release_binaries};
use pennon_auth::SdkKey;
use pennon_domain::{Bucketing, Definition, Scope, SystemClock};
use pennon_local::{DEMO, SDK_KEY};
use pennon_store::{Config, Store};
use pennon_test_support::{EmbeddedDynamoDb, Storage, events};

const USAGE: &str = "report <function> <event> [times]";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(name), Some(case)) = (arguments.next(), arguments.next()) else { return Err(USAGE.into()) };
    let times: u32 = arguments.next().map_or(Ok(10), |times| times.parse())?;
    let event = events::event(&format!("{name}/{case}"))?;
    let dynamodb = EmbeddedDynamoDb::start(Storage::Memory, 0)?;
    seed(&dynamodb).await?;
    let function = Function::builder(release_binaries()?.join(&name))
        .variable("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.endpoint())
        // Nobody is there. What asks for a key gets none.
        .variable("OIDC_ISSUER", "http://127.0.0.1:1")
        .variable("OIDC_AUDIENCE", "pennon")
        // Logs are wanted beside the reports, figures are not.
        .variable("METRICS", "off")
        .memory_mb(256)
        .timeout(Duration::from_secs(15))
        .output(Output::Inherit)
        .build();
    for _ in 0..times {
        match function.invoke(event.clone()).await {
            Ok(invocation) => println!("{}", invocation.report),
            // What an authorizer says to those whom it does not know.
            Err(failure @ Failure::Function { .. }) => println!("{failure}"),
            Err(failure) => return Err(failure.into()),
        }
    }
    function.shutdown().await;
    Ok(())
}

/// The demo environment of `pennon-local`.
async fn seed(dynamodb: &EmbeddedDynamoDb) -> Result<(), Box<dyn Error>> {
    let store = Store::new(dynamodb.client(), Config::default(), Arc::new(SystemClock));
    store.create_tables().await?;
    let key = SdkKey::parse(SDK_KEY)?;
    let keys = BTreeMap::from([key.record(Scope::Server, None)]);
    store.publish(key.environment(), &Definition::parse(DEMO)?, Bucketing::V3, &keys).await?;
    Ok(())
}
