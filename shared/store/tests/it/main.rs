//! The store against a real embedded DynamoDB, behind a proxy that makes it fail.

fn main() {}
