//! The integration tests: one binary, so that it links once, and nothing in it but real parts. `pennon-local` runs as a process
//! of its own and is spoken to over HTTP; the OpenFeature providers are those that the registries serve.
//!
//! `make test` builds and installs what these tests run. A test fails, never passes, when one of these is missing.
#![cfg(test)]

mod clients;
mod conformance;
mod dax;
mod events;
mod identity;
mod local;
mod management;
mod ofrep;
mod openapi;
mod outbox;
mod readme;
mod routes;
mod store;
mod support;
mod telemetry;
mod throttling;
mod workspace;
