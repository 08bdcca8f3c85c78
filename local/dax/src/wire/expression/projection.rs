//! Projections, which stay what they are: paths.

use std::cmp::Ordering;

use dax_client::protocol::cbor::{DecodeError, Decoder, Type};
use dax_client::protocol::error::{ErrorKind, ServiceError};
use dax_client::protocol::expression::{DocumentPath, PathStep, operation};

use super::super::request::Projection;
use super::super::{CallError, refusal};
use super::reader::{MALFORMED, read_index};

/// Reads `[version, [path, ..]]`.
///
/// DynamoDB is not told the projection, so what it would refuse is refused here: paths that overlap or conflict.
pub(in super::super) fn decode_projection(blob: &[u8]) -> Result<Projection, CallError> {
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
    check(&paths)?;
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

/// Paths that cannot both be asked for are neighbours in a sorted list.
fn check(paths: &[DocumentPath]) -> Result<(), ServiceError> {
    let mut sorted: Vec<_> = paths.iter().collect();
    sorted.sort_by(|one, two| compare(one, two));
    for pair in sorted.windows(2) {
        let [one, two] = pair else { continue };
        let Some(what) = contradiction(one, two) else { continue };
        let message = format!(
            "Invalid ProjectionExpression: Two document paths {what} with each other; must remove or rewrite one of \
             these paths; path one: {}, path two: {}",
            describe(one),
            describe(two)
        );
        return Err(refusal(ErrorKind::Validation, &message));
    }
    Ok(())
}

fn compare(one: &DocumentPath, two: &DocumentPath) -> Ordering {
    let of_steps = || one.steps.iter().map(rank).cmp(two.steps.iter().map(rank));
    one.root.cmp(&two.root).then_with(of_steps)
}

fn rank(step: &PathStep) -> (Option<u64>, &str) {
    match step {
        PathStep::Member(name) => (None, name),
        PathStep::Index(index) => (Some(*index), ""),
    }
}

fn contradiction(one: &DocumentPath, two: &DocumentPath) -> Option<&'static str> {
    if one.root != two.root {
        return None;
    }
    match one.steps.iter().zip(&two.steps).find(|(one, two)| one != two) {
        None => Some("overlap"),
        Some((PathStep::Member(_), PathStep::Index(_)) | (PathStep::Index(_), PathStep::Member(_))) => {
            Some("conflict")
        }
        Some(_) => None,
    }
}

/// `[name, name, [index]]`
fn describe(path: &DocumentPath) -> String {
    let steps = path.steps.iter().map(|step| match step {
        PathStep::Member(name) => name.clone(),
        PathStep::Index(index) => format!("[{index}]"),
    });
    let steps: Vec<_> = std::iter::once(path.root.clone()).chain(steps).collect();
    format!("[{}]", steps.join(", "))
}
