//! The part of CBOR (RFC 8949) that DAX uses.
//!
//! What is written is minimal: the shortest integers, definite lengths except where the protocol wants a map without
//! one. What is read may be any well-formed CBOR: longer integers than needed, indefinite lengths, floats of any width.
//!
//! Reading never panics, never allocates more than the bytes at hand justify, and stops at [`MAX_DEPTH`].

mod decoder;
mod encoder;
mod head;
mod scanner;

pub use decoder::{DecodeError, Decoder, Items};
pub use encoder::Encoder;
pub use head::Type;
pub use scanner::{Progress, Scanner};

/// How deep arrays, maps and tags may nest. DynamoDB nests values 32 deep, and a response adds less than ten levels.
pub const MAX_DEPTH: usize = 64;

/// The tags that DAX uses.
pub mod tag {
    /// A byte string that is an integer, most significant byte first.
    pub const POSITIVE_BIGNUM: u64 = 2;
    /// A byte string n that is the integer -1 - n.
    pub const NEGATIVE_BIGNUM: u64 = 3;
    /// An array of exponent and mantissa: mantissa × 10^exponent.
    pub const DECIMAL: u64 = 4;
    /// An array of texts that is a String Set.
    pub const STRING_SET: u64 = 3321;
    /// An array of numbers that is a Number Set.
    pub const NUMBER_SET: u64 = 3322;
    /// An array of byte strings that is a Binary Set.
    pub const BINARY_SET: u64 = 3323;
    /// An integer that is the index of a list element in a document path.
    pub const PATH_INDEX: u64 = 3324;
}
