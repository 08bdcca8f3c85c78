//! The release binaries as Lambda runs them. `make test-harness` builds them and runs this.
#![cfg(test)]

mod events;
mod frozen;
mod gateway;
mod identity;
mod lifecycle;
mod streaming;
mod support;
mod telemetry;
