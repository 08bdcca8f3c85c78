//! The cluster as clients see it: over sockets, before an embedded DynamoDB.
#![cfg(test)]

mod authorization;
mod batches;
mod binary;
mod faults;
mod gate;
mod items;
mod lab;
mod lists;
mod nodes;
mod pages;
mod raw;
mod tls;
