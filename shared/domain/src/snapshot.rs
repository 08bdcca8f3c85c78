//! One version of an environment, packed for storage.

use std::{
    io::{Cursor, Read},
    sync::Arc,
};

use sha2::{Digest, Sha256};

use crate::{Definition, limits};

/// The level that the sizes and costs of the design were measured at; packing happens once per change.
const ZSTD_LEVEL: i32 = 9;

/// One version of an environment: the canonical definition text, compressed with zstd. Immutable.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    packed: Vec<u8>,
    sha256: [u8; 32],
}

/// Why bytes are no snapshot, or a definition does not fit in one.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The environment is too large to be stored.
    #[error("the environment packs to {bytes} bytes, more than {max}", max = limits::MAX_PACKED_BYTES)]
    TooLarge {
        /// What it packs to.
        bytes: usize,
    },
    /// The bytes are not those that were announced.
    #[error("the snapshot does not match its digest")]
    DigestMismatch,
    /// The bytes are those that were announced, but are no packed definition.
    #[error("the snapshot cannot be unpacked")]
    Malformed(#[source] std::io::Error),
}

impl Snapshot {
    /// Packs a definition.
    pub fn pack(definition: &Definition) -> Result<Self, SnapshotError> {
        let packed = zstd::bulk::compress(definition.to_json().as_bytes(), ZSTD_LEVEL)
            .map_err(SnapshotError::Malformed)?;
        if packed.len() > limits::MAX_PACKED_BYTES {
            return Err(SnapshotError::TooLarge { bytes: packed.len() });
        }
        let sha256 = Sha256::digest(&packed).into();
        Ok(Self { packed, sha256 })
    }

    /// Takes packed bytes as read from storage; refuses all but those with the digest that was announced.
    pub fn verify(packed: Vec<u8>, sha256: [u8; 32]) -> Result<Self, SnapshotError> {
        if <[u8; 32]>::from(Sha256::digest(&packed)) == sha256 {
            Ok(Self { packed, sha256 })
        } else {
            Err(SnapshotError::DigestMismatch)
        }
    }

    /// SHA-256 of the packed bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The packed bytes in pieces that fit a DynamoDB item each.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.packed.chunks(limits::MAX_CHUNK_BYTES)
    }

    /// The definition text, decompressed while it is read.
    pub fn reader(self: &Arc<Self>) -> Result<impl Read + Send + use<>, SnapshotError> {
        let packed = Cursor::new(Packed(Arc::clone(self)));
        let decoder = zstd::stream::read::Decoder::new(packed).map_err(SnapshotError::Malformed)?;
        Ok(decoder.take(limits::MAX_DEFINITION_BYTES as u64))
    }

    /// The whole definition text.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        let decoder =
            zstd::stream::read::Decoder::new(self.packed.as_slice()).map_err(SnapshotError::Malformed)?;
        let mut json = String::new();
        decoder
            .take(limits::MAX_DEFINITION_BYTES as u64)
            .read_to_string(&mut json)
            .map_err(SnapshotError::Malformed)?;
        Ok(json)
    }
}

/// The packed bytes of a shared snapshot, for a reader that outlives the borrow.
struct Packed(Arc<Snapshot>);

impl AsRef<[u8]> for Packed {
    fn as_ref(&self) -> &[u8] {
        &self.0.packed
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("packed_bytes", &self.packed.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(flags: usize, noise: impl Fn(usize) -> String) -> Definition {
        let flags: Vec<String> = (0..flags)
            .map(|index| format!(r#""f{index}":{{"state":"ENABLED","variants":{{"v":"{}"}}}}"#, noise(index)))
            .collect();
        Definition::parse(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))).unwrap()
    }

    /// Text that does not compress, always the same.
    fn noise(bytes: usize, seed: usize) -> String {
        let digests = (0..bytes.div_ceil(32))
            .map(|part| crate::Digest::of(&[&seed.to_be_bytes(), &part.to_be_bytes()]));
        digests.map(|digest| digest.to_string()).collect()
    }

    #[test]
    fn what_is_packed_is_read_back() {
        let definition = definition(3, |index| index.to_string());
        let snapshot = Snapshot::pack(&definition).unwrap();
        let stored: Vec<u8> = snapshot.chunks().flatten().copied().collect();
        let read = Arc::new(Snapshot::verify(stored, snapshot.sha256()).unwrap());
        assert_eq!(read.to_json().unwrap(), definition.to_json());
        let mut streamed = String::new();
        read.reader().unwrap().read_to_string(&mut streamed).unwrap();
        assert_eq!(streamed, definition.to_json());
    }

    #[test]
    fn other_bytes_than_announced_are_refused() {
        let snapshot = Snapshot::pack(&definition(3, |index| index.to_string())).unwrap();
        let mut bytes: Vec<u8> = snapshot.chunks().flatten().copied().collect();
        bytes[7] ^= 1;
        assert!(matches!(Snapshot::verify(bytes, snapshot.sha256()), Err(SnapshotError::DigestMismatch)));
    }

    #[test]
    fn announced_bytes_that_are_no_snapshot_are_malformed() {
        let bytes = b"not zstd".to_vec();
        let digest = Sha256::digest(&bytes).into();
        let snapshot = Snapshot::verify(bytes, digest).unwrap();
        assert!(matches!(snapshot.to_json(), Err(SnapshotError::Malformed(_))));
    }

    #[test]
    fn a_large_environment_has_several_chunks_and_a_larger_one_is_refused() {
        let large = Snapshot::pack(&definition(20, |seed| noise(60_000, seed))).unwrap();
        assert!(large.chunks().len() > 1);
        assert!(large.chunks().all(|chunk| chunk.len() <= limits::MAX_CHUNK_BYTES));
        let larger = definition(110, |seed| noise(60_000, seed));
        assert!(matches!(Snapshot::pack(&larger), Err(SnapshotError::TooLarge { .. })));
    }
}
