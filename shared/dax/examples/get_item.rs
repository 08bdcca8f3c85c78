//! Reads an item through DAX, with the region and the credentials of the environment.
//!
//! ```sh
//! cargo run --example get_item -- daxs://my-cluster.abc123.dax-clusters.eu-west-1.amazonaws.com flags pk my-flag
//! ```

use std::error::Error;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use dax_client::{Client, Config};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a command line")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("the argument {name} is missing"));
    let (endpoint, table, attribute, key) =
        (next("ENDPOINT")?, next("TABLE")?, next("ATTRIBUTE")?, next("KEY")?);

    // With the default features of aws-config, which this workspace leaves out: aws_config::load_defaults.
    let https =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let aws = aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await;
    let region = aws.region().ok_or("no region is configured")?.to_string();
    let credentials = aws.credentials_provider().ok_or("no credentials are configured")?;
    let dax = Client::new(Config::new(&endpoint, region, credentials)?)?;

    let output = dax.get_item().table_name(table).key(attribute, AttributeValue::S(key)).send().await?;
    match output.item {
        Some(item) => println!("{item:#?}"),
        None => println!("There is no such item."),
    }
    Ok(())
}
