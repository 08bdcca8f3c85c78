//! Snapshots through a real local DAX cluster over the embedded DynamoDB: when DAX is asked, what it costs when it fails, and that
//! what is served is always what HEAD announced.

mod breaker;
mod cluster;
mod connecting;
mod faults;
mod reading;
mod recorder;
mod soak;
mod untrusted;
mod writing;
