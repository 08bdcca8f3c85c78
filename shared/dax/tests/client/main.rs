//! The client against a local cluster over an embedded DynamoDB: real sockets, and everything that can go wrong with them.
#![cfg(test)]

mod authorization;
mod breaker;
mod cancelled;
mod examples;
mod faults;
mod idle;
mod lab;
mod lists;
mod operations;
mod outcome;
mod routing;
mod soak;
mod tls;
mod writes;
