//! The codecs against tables of what the official clients write and read, and against bytes that nobody writes.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod sort_keys;
#[cfg(test)]
mod vectors;
