//! The wire protocol, without I/O: bytes go in and out as slices and vectors, and time and credentials are values.
//!
//! A connection begins with a [`preamble`] that the server does not answer. Then come calls, one at a time: the number
//! and the arguments of a [`method`], all of them [`cbor`]. A response has no length; [`frame`] finds where it ends. It
//! is either results or an [`error`]. Before the first call, and from time to time after it, the client proves who it is
//! ([`authorize`]), which has no response.
//!
//! Attributes travel in two parts: those of the primary key as [`key`] bytes, the others as values of a list of names
//! that the server keeps ([`item`]). What the key of a table is and what a list holds are asked for by the calls in
//! [`metadata`].

pub mod authorize;
pub mod cbor;
pub mod error;
pub mod expression;
pub mod frame;
pub mod item;
pub mod key;
pub mod lexdecimal;
pub mod lookup;
pub mod metadata;
pub mod method;
pub mod number;
pub mod operation;
pub mod preamble;
pub mod request;
pub mod response;
pub mod value;
