//! Projections, which stay what they are: paths.

use dax_client::protocol::cbor::{DecodeError, Decoder, Type};
use dax_client::protocol::expression::{DocumentPath, PathStep, operation};

use super::super::request::Projection;
use super::reader::{MALFORMED, read_index};

/// Reads `[version, [path, ..]]`.
pub(in super::super) fn decode_projection(blob: &[u8]) -> Result<Projection, DecodeError> {
    let mut decoder = Decoder::new(blob);
    let paths = decoder.tuple(2, |decoder| {
        if decoder.unsigned()? != operation::VERSION {
            return Err(MALFORMED);
        }
        let mut entries = decoder.array()?;
        let mut paths = Vec::with_capacity(entries.capacity());
        while entries.next(decoder)? {
            paths.push(decode_path(decoder)?);
        }
        Ok(paths)
    })?;
    decoder.finish()?;
    Ok(paths)
}

fn decode_path(decoder: &mut Decoder<'_>) -> Result<DocumentPath, DecodeError> {
    let mut entries = decoder.array()?;
    if !entries.next(decoder)? || decoder.unsigned()? != operation::PATH || !entries.next(decoder)? {
        return Err(MALFORMED);
    }
    let root = decoder.text()?.into_owned();
    let mut steps = Vec::new();
    while entries.next(decoder)? {
        steps.push(if decoder.peek()? == Type::Text {
            PathStep::Member(decoder.text()?.into_owned())
        } else {
            PathStep::Index(read_index(decoder)?)
        });
    }
    Ok(DocumentPath { root, steps })
}
