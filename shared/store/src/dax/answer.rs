//! What DAX answered, put together.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;

use super::Fallback;
use crate::item::{self, SK, chunk_sort_key};

/// All chunks of a snapshot, from one answer. Nothing is verified yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) packed: Vec<u8>,
    /// Whether DAX had all of it. DAX says what it consumed of the table, and for what it had it consumed nothing.
    pub(super) cached: bool,
}

impl Answer {
    /// Takes the chunks in their order: the answer has them in any.
    pub(super) fn read(output: BatchGetItemOutput, table: &str, chunks: u32) -> Result<Self, Fallback> {
        let cached = consumed(&output) <= 0.0;
        if output.unprocessed_keys.is_some_and(|keys| !keys.is_empty()) {
            return Err(Fallback::Unprocessed);
        }
        let items = output.responses.and_then(|mut responses| responses.remove(table)).unwrap_or_default();
        let mut items: HashMap<_, _> =
            items.into_iter().filter_map(|item| Some((item::text_of(&item, SK)?.to_owned(), item))).collect();
        let mut packed = Vec::new();
        for index in 0..chunks {
            let item = items.remove(&chunk_sort_key(index)).ok_or(Fallback::Missing)?;
            packed.append(&mut item::chunk_data(item).map_err(|_| Fallback::Wrong)?);
        }
        Ok(Self { packed, cached })
    }
}

fn consumed(output: &BatchGetItemOutput) -> f64 {
    output.consumed_capacity().iter().filter_map(|consumed| consumed.capacity_units).sum()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        primitives::Blob,
        types::{AttributeValue, ConsumedCapacity, KeysAndAttributes},
    };

    use super::*;
    use crate::item::Item;

    fn chunk(index: u32, data: &[u8]) -> Item {
        let data = AttributeValue::B(Blob::new(data));
        Item::from([
            ("pk".to_owned(), AttributeValue::S("SNAP#e.e#1".to_owned())),
            ("sk".to_owned(), AttributeValue::S(chunk_sort_key(index))),
            ("data".to_owned(), data),
        ])
    }

    fn output(items: &[Item], units: Option<f64>) -> BatchGetItemOutput {
        let consumed = units.map(|units| vec![ConsumedCapacity::builder().capacity_units(units).build()]);
        BatchGetItemOutput::builder()
            .responses("core", items.to_vec())
            .set_consumed_capacity(consumed)
            .build()
    }

    #[test]
    fn chunks_are_put_together_in_their_order() {
        let answer = Answer::read(output(&[chunk(1, b"b"), chunk(2, b"c"), chunk(0, b"a")], None), "core", 3);
        assert_eq!(answer, Ok(Answer { packed: b"abc".to_vec(), cached: true }));
    }

    #[test]
    fn what_consumes_capacity_was_not_cached() {
        for (units, cached) in [(None, true), (Some(0.0), true), (Some(0.5), false)] {
            let answer = Answer::read(output(&[chunk(0, b"a")], units), "core", 1).unwrap();
            assert_eq!(answer.cached, cached, "{units:?}");
        }
    }

    #[test]
    fn part_of_a_snapshot_is_none() {
        let part = output(&[chunk(0, b"a"), chunk(2, b"c")], None);
        assert_eq!(Answer::read(part.clone(), "core", 3), Err(Fallback::Missing));
        assert_eq!(Answer::read(part, "other", 1), Err(Fallback::Missing));
        let keys = KeysAndAttributes::builder().keys(Item::new()).build().unwrap();
        let mut unprocessed = output(&[chunk(0, b"a")], None);
        unprocessed.unprocessed_keys = Some([("core".to_owned(), keys)].into());
        assert_eq!(Answer::read(unprocessed, "core", 2), Err(Fallback::Unprocessed));
    }

    #[test]
    fn an_item_that_is_no_chunk_is_wrong() {
        let mut item = chunk(0, b"a");
        item.insert("data".to_owned(), AttributeValue::S("a".to_owned()));
        assert_eq!(Answer::read(output(&[item], None), "core", 1), Err(Fallback::Wrong));
    }
}
