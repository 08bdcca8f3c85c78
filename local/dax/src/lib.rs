//! A DAX cluster on loopback ports, over any DynamoDB: for development and tests. Never deployed.

mod wire;
