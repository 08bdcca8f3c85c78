//! The store against a real embedded DynamoDB, behind a proxy that makes it fail, under a clock that tests move.

mod head;
mod lab;
mod log;
mod outages;
mod publishing;
mod snapshots;
