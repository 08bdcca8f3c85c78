//! Operations against what the official clients sent and understood.
//!
//! The cases are in `vectors/`: inputs, the bytes that the clients wrote for them on loopback, responses, and what the
//! clients made of those.

mod cases;
mod expressions;
mod fixture;
mod input;
mod json;
mod output;
mod quirks;
mod refusals;
mod rounds;
