//! Moves an amount between two items in one transaction, which is safe to repeat: the client gives it a token.
//!
//! ```sh
//! cargo run --example transaction -- dax://127.0.0.1:8111 accounts pk alice bob 5
//! ```

use std::error::Error;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use dax_client::{Client, Config};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a command line")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("the argument {name} is missing"));
    let (endpoint, table, attribute) = (next("ENDPOINT")?, next("TABLE")?, next("ATTRIBUTE")?);
    let (from, to, amount) = (next("FROM")?, next("TO")?, next("AMOUNT")?);

    // With the default features of aws-config, which this workspace leaves out: aws_config::load_defaults.
    let https =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let aws = aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await;
    let region = aws.region().ok_or("no region is configured")?.to_string();
    let credentials = aws.credentials_provider().ok_or("no credentials are configured")?;
    let dax = Client::new(Config::new(&endpoint, region, credentials)?)?;

    let update = |key: String, expression: &str| {
        let update = Update::builder().table_name(&table).key(&attribute, AttributeValue::S(key));
        update
            .update_expression(expression)
            .expression_attribute_values(":amount", AttributeValue::N(amount.clone()))
    };
    let take = update(from, "SET n = n - :amount").condition_expression("n >= :amount").build()?;
    let give = update(to, "SET n = n + :amount").build()?;
    let outcome = dax
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().update(take).build())
        .transact_items(TransactWriteItem::builder().update(give).build())
        .send()
        .await;
    match outcome.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
        Ok(_) => println!("Moved."),
        Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            println!("Not moved: {:?}", cancelled.cancellation_reasons());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
