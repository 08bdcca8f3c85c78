//! Reads through DAX as long as it answers within 50 ms, and else from DynamoDB: DAX is a cache, and a cache that is away must
//! not take the service with it.
//!
//! ```sh
//! cargo run --example fallback -- dax://127.0.0.1:8111 http://127.0.0.1:8000 flags pk my-flag
//! ```

use std::error::Error;
use std::time::{Duration, Instant};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use dax_client::{Breaker, Client, Config};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a command line")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("the argument {name} is missing"));
    let (dax, dynamodb) = (next("DAX")?, next("DYNAMODB")?);
    let (table, attribute, key) = (next("TABLE")?, next("ATTRIBUTE")?, next("KEY")?);

    // With the default features of aws-config, which this workspace leaves out, there is a client without saying so.
    let https =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .http_client(https)
        .endpoint_url(dynamodb)
        .load()
        .await;
    let region = aws.region().ok_or("no region is configured")?.to_string();
    let credentials = aws.credentials_provider().ok_or("no credentials are configured")?;
    let config = Config::new(&dax, region, credentials)?
        .read_deadline(Duration::from_millis(50))
        .breaker(Breaker { failures: 3, ..Breaker::default() });
    let (dax, dynamodb) = (Client::new(config)?, aws_sdk_dynamodb::Client::new(&aws));

    for _ in 0..5 {
        let begun = Instant::now();
        let get = GetItemInput::builder().table_name(&table).key(&attribute, AttributeValue::S(key.clone()));
        let (item, from) = match dax.send(get.clone().build()?).await {
            Ok(output) => (output.item, "DAX".to_owned()),
            Err(error) => {
                let item = get.send_with(&dynamodb).await?.item;
                (item, format!("DynamoDB, because of DAX: {}", DisplayErrorContext(error)))
            }
        };
        println!(
            "{} after {:?} from {from}",
            if item.is_some() { "An item" } else { "No item" },
            begun.elapsed()
        );
    }
    Ok(())
}
