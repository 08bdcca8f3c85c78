//! The management plane over HTTP, as the admin of a running `pennon-local` uses it.

mod access;
mod client;
mod environments;
mod flags;
mod history;
mod keys;
mod preview;
mod retries;
mod segments;
mod sets;
