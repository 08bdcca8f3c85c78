//! Chunks of snapshots.

use aws_sdk_dynamodb::primitives::Blob;
use pennon_domain::{Head, StoreError, limits};

use super::{Item, Key, as_digest, binary, damaged, moment, number, number_of, text};

const DATA: &str = "data";

/// What a snapshot says about itself, in its first chunk: enough to read it when HEAD has gone on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) chunks: u32,
    pub(crate) sha256: [u8; 32],
}

/// The sort key of a chunk: its place in the snapshot.
pub(crate) fn chunk_sort_key(index: u32) -> String {
    format!("C#{index:03}")
}

/// A chunk of the snapshot that `head` announces. The first one also holds the manifest.
pub(crate) fn encode_chunk(head: &Head, index: u32, data: &[u8]) -> Item {
    let mut item = Key::chunk(&head.environment, head.version, index).item([(DATA, binary(data))]);
    if index == 0 {
        let manifest = [
            ("chunks", number(head.chunks.into())),
            ("sha256", binary(&head.sha256)),
            ("bucketing", text(head.bucketing.as_str())),
            ("config_etag", text(&head.config_etag)),
            ("published", moment(head.published)),
        ];
        item.extend(manifest.map(|(name, value)| (name.to_owned(), value)));
    }
    item
}

/// The data of a chunk.
pub(crate) fn chunk_data(mut item: Item) -> Result<Vec<u8>, StoreError> {
    let data = item.remove(DATA).and_then(|data| data.as_b().ok().cloned());
    data.map(Blob::into_inner).ok_or_else(damaged("reading a snapshot chunk"))
}

/// The manifest in the first chunk.
pub(crate) fn decode_manifest(item: &Item) -> Result<Manifest, StoreError> {
    let read = || {
        let chunks = u32::try_from(number_of(item, "chunks")?).ok()?;
        let in_range = (1..=limits::MAX_CHUNKS).contains(&usize::try_from(chunks).ok()?);
        let sha256 = as_digest(item.get("sha256")?)?;
        in_range.then_some(Manifest { chunks, sha256 })
    };
    read().ok_or_else(damaged("reading the manifest of a version"))
}
