//! The store against a real embedded DynamoDB, behind a proxy that makes it fail, under a clock that tests move.

mod audit;
mod changes;
mod contention;
mod dax;
mod environments;
mod faults;
mod head;
mod idempotency;
mod killed;
mod lab;
mod log;
mod outages;
mod publishing;
mod retention;
mod snapshots;
mod write;
mod writing;
