//! Who is asking.

mod sdk_key;

pub use sdk_key::{NoEntropy, SdkKey};
