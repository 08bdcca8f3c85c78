//! Operations against what the official clients sent and understood.
//!
//! The cases are in `vectors/`: inputs, the bytes that the clients wrote for them on loopback, responses, and what the
//! clients made of those.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod expressions;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod input;
#[cfg(test)]
mod json;
#[cfg(test)]
mod output;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod rounds;
