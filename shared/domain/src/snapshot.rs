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
