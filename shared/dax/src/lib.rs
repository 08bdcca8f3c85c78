//! A client of Amazon DynamoDB Accelerator (DAX), the write-through cache that stands in front of DynamoDB.
//!
//! It takes and gives the types of `aws-sdk-dynamodb`, so a call moves from DynamoDB to DAX by changing the receiver:
//!
//! ```no_run
//! # use aws_sdk_dynamodb::config::Credentials;
//! # use aws_sdk_dynamodb::types::AttributeValue;
//! # async fn example(credentials: Credentials) -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = "daxs://my-cluster.abc123.dax-clusters.eu-west-1.amazonaws.com";
//! let dax = dax_client::Client::new(dax_client::Config::new(endpoint, "eu-west-1", credentials)?)?;
//! let key = AttributeValue::S("a".to_owned());
//! let output = dax.get_item().table_name("flags").key("pk", key).send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! DAX does not speak DynamoDB's JSON over HTTP but a binary protocol of its own, which AWS has not published. What is
//! here follows the bytes of the official clients: the tests compare with captures of them. [`protocol`] is that protocol without
//! sockets, tasks or clocks: it turns operations into bytes and bytes into results. [`client`] is what moves these.

pub mod client;
pub mod protocol;

pub use client::{
    AddressError, Breaker, BreakerState, Client, Config, ConfigError, Fault, TlsError, fluent, trusting,
};
