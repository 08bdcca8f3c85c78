//! What travels, as a server sees it: calls are read, responses are written.
//!
//! No I/O happens here. A [`CallScanner`] finds the end of a call, [`read_call`] tells what is called, and
//! [`Data::decode`] makes the input of the AWS SDK of it. What DynamoDB then says goes back through [`write_response`],
//! [`service_error`] and [`write_error`]. Keys of tables and lists of attribute names are taken from a
//! [`Metadata`](dax_client::protocol::lookup::Metadata); what is missing there comes back as lookups, and when they are
//! answered the same is done again.
//!
//! Where the clients differ, all of them are understood: numbers may be integers, floats or bignums, chains of `AND` may
//! associate to either side, parameters may come twice, a missing map of parameters may be `null`.

mod call;
mod error;
mod expression;
mod refusal;
mod request;
mod response;

pub(crate) use call::{Authorize, Call, CallScanner, Data, read_call};
pub(crate) use error::CallError;
pub(crate) use refusal::{Refusal, refusal, service_error, write_error};
pub(crate) use request::{BatchGet, BatchWrite, Get, Page, Request, TransactGet, TransactWrite, Write};
pub(crate) use response::{Output, Style, write_response};

#[cfg(test)]
mod tests;
